{#- A larger share of a day's lines or events has a fault than in the four weeks before. -#}
{% macro share_findings(measures, days) -%}
with shares as (
    select
        measures.trigger_name,
        measures.event_date,
        measures.event_name,
        measures.field,
        measures.whole,
        100.0 * measures.part / measures.whole as observed_value,
        greatest(measures.load_id, days.load_id) as load_id,
        days.first_date
    from {{ measures }} as measures
    inner join {{ days }} as days
        on measures.event_date = days.event_date and days.event_date < days.newest_date
    where measures.whole >= {{ durable_events.quality_bound('line_count', 'measures.event_name') }}
),

past_shares as (
    select
        *,
        coalesce(median(observed_value) over days_before, 0) as usual,
        coalesce({{ durable_events.median_deviation('observed_value') }} over days_before, 0)
            as deviation,
        count(*) over days_before as past_count
    from shares
    window
        days_before as (
            partition by trigger_name, field, event_name
            order by event_date
            range between interval 28 day preceding and interval 1 day preceding
        )
),

share_bounds as (
    select
        *,
        usual + greatest(
            {{ durable_events.quality_bound('share_points') }},
            {{ durable_events.quality_bound('deviations') }} * greatest(
                1.4826 * deviation,
                -- chance alone moves the share of so many
                sqrt(greatest(usual * (100 - usual), 0) / whole)
            )
        ) as upper_bound
    from past_shares
    where
        event_date >= first_date + interval 7 day
        -- what an event lacks it may never have had
        and (past_count >= 7 or trigger_name <> 'missing_field')
)

select
    trigger_name,
    event_date,
    event_name,
    field,
    observed_value,
    usual,
    cast(null as double) as lower_bound,
    upper_bound,
    load_id,
    cast(cast(observed_value as decimal(18, 1)) as varchar)
    || case trigger_name
        when 'missing_field' then ' % of the events lack ' || field
        when 'contract' then ' misfits in 100 events'
        when 'duplicates' then ' % of the lines repeat a line of their file'
        when 'rejects' then ' % of the lines are rejected'
    end
    || ', usually ' || cast(cast(usual as decimal(18, 1)) as varchar) as finding
from share_bounds
where observed_value > upper_bound
{%- endmacro %}
