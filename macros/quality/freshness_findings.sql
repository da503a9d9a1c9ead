{#- An event has not come for longer than chance explains. -#}
{% macro freshness_findings(grid) -%}
with last_dates as (
    select
        event_name,
        max(event_date) as last_date
    from {{ grid }}
    where event_count > 0
    group by event_name
),

-- how likely an event is to come on a day, and since when it has not
presences as (
    select
        last_dates.event_name,
        last_dates.last_date,
        max(grid.event_date) as event_date,
        max_by(grid.load_id, grid.event_date) as load_id,
        count(*) filter (where grid.event_date > last_dates.last_date) as silent_day_count,
        (count(*) filter (where grid.event_count > 0) + 1.0)
        / (count(*) filter (where grid.event_date <= last_dates.last_date) + 2) as chance
    from last_dates
    inner join {{ grid }} as grid
        on
            last_dates.event_name = grid.event_name
            and grid.event_date > last_dates.last_date - interval 56 day
    group by last_dates.event_name, last_dates.last_date
    having count(*) filter (where grid.event_date <= last_dates.last_date) >= 7
),

silences as (
    select
        *,
        ceil(ln({{ durable_events.quality_bound('silence_chance') }}) / ln(1 - chance))
            as bearable_day_count
    from presences
)

select
    'freshness' as trigger_name,
    event_date,
    event_name,
    cast(null as varchar) as field,
    silent_day_count as observed_value,
    cast(null as double) as usual,
    cast(null as double) as lower_bound,
    bearable_day_count - 1 as upper_bound,
    load_id,
    'no event for ' || cast(silent_day_count as varchar) || ' days, the last on '
    || cast(last_date as varchar) as finding
from silences
-- what has not come for eight weeks is history
where silent_day_count >= bearable_day_count and silent_day_count <= 56
{%- endmacro %}
