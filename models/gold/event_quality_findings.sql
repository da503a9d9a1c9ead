-- one row per finding: an event, a date and what is unusual about it
{{ config(materialized='view') }}
{%- set fields = ['app_version', 'platform', 'country_code', 'user'] %}

with quality as (
    select *
    from {{ ref('event_quality_daily') }}
),

totals as (
    select
        event_date,
        sum(event_count) as event_count,
        sum(line_count) as line_count
    from quality
    group by event_date
),

landed as (
    select
        event_date,
        landing_load_id,
        sum(sum(event_count)) over (
            partition by event_date
            order by landing_load_id
            rows between unbounded preceding and current row
        ) as event_count
    from {{ ref('line_counts') }}
    group by event_date, landing_load_id
),

-- the load with which a date had a tenth of a mean day's events: what is below that came before
-- the data began, or from clocks that run ahead
reached as (
    select
        event_date,
        min(landing_load_id) as load_id
    from landed
    where event_count >= (select avg(totals.event_count) / 10 from totals)
    group by event_date
),

span as (
    select
        min(event_date) as first_date,
        max(event_date) as newest_date
    from reached
),

-- complete days, and the load that showed that they are: the first with more of a later one
days as (
    select
        days.series_date as event_date,
        span.first_date,
        span.newest_date,
        min(reached.load_id) over (
            order by days.series_date
            rows between 1 following and unbounded following
        ) as load_id
    from span
    cross join {{ date_series('span.first_date', 'span.newest_date', 'days') }}
    left join reached
        on days.series_date = reached.event_date
),

counted as (
    select
        event_name,
        event_date,
        event_count,
        avg(event_count) over (partition by event_name) as mean_count
    from quality
    where event_count > 0
),

-- an event begins as the data does, with a tenth of its mean day
names as (
    select
        event_name,
        min(event_date) as first_date
    from counted
    where event_count >= mean_count / 10
    group by event_name
),

grid as (
    select
        names.event_name,
        days.event_date,
        days.first_date,
        coalesce(quality.event_count, 0) as event_count,
        greatest(days.load_id, quality.load_id) as load_id
    from names
    inner join days
        on names.first_date <= days.event_date and days.event_date < days.newest_date
    left join quality
        on names.event_name = quality.event_name and days.event_date = quality.event_date
),

volumes as (
    select
        *,
        median(event_count) over same_weekdays as usual,
        {{ median_deviation('event_count') }} over same_weekdays as deviation,
        count(*) over same_weekdays as past_count,
        lag(event_count) over days_before as count_before,
        sum(event_count) over days_before - event_count as sum_before
    from grid
    window
        same_weekdays as (
            partition by event_name, dayofweek(event_date)
            order by event_date
            rows between 8 preceding and 1 preceding
        ),
        days_before as (
            partition by event_name
            order by event_date
        )
),

-- chance alone moves a count of n by about the square root of n
tolerances as (
    select
        *,
        greatest(
            usual * {{ quality_bound('volume_percent') }} / 100,
            {{ quality_bound('deviations') }} * 1.4826 * deviation
        ) as tolerance,
        {{ quality_bound('deviations') }} as deviations
    from volumes
    where event_count > 0 and past_count >= 4
),

volume_bounds as (
    select
        *,
        usual - greatest(tolerance, deviations * sqrt(usual)) as lower_bound,
        greatest(
            usual + tolerance,
            power(deviations / 2 + sqrt(deviations * deviations / 4 + usual), 2)
        ) as upper_bound
    from tolerances
    where greatest(event_count, usual) >= {{ quality_bound('event_count') }}
),

volume as (
    select
        'volume' as trigger_name,
        event_date,
        event_name,
        cast(null as varchar) as field,
        event_count as observed_value,
        usual,
        greatest(lower_bound, 0) as lower_bound,
        upper_bound,
        load_id,
        cast(event_count as varchar)
        || ' events, usually ' || cast(cast(usual as bigint) as varchar) as finding
    from volume_bounds
    where event_count not between lower_bound and upper_bound
),

vanished_name as (
    select
        'vanished_name' as trigger_name,
        event_date,
        event_name,
        cast(null as varchar) as field,
        0 as observed_value,
        usual,
        1 as lower_bound,
        cast(null as double) as upper_bound,
        load_id,
        'no event, usually ' || cast(cast(usual as bigint) as varchar) as finding
    from volumes
    where
        event_count = 0
        and count_before > 0
        and past_count >= 4
        and usual >= {{ quality_bound('event_count') }}
),

new_name as (
    select
        'new_name' as trigger_name,
        event_date,
        event_name,
        cast(null as varchar) as field,
        event_count as observed_value,
        0 as usual,
        cast(null as double) as lower_bound,
        {{ quality_bound('event_count') }} as upper_bound,
        load_id,
        cast(event_count as varchar) || ' events of a name that is new and not registered'
            as finding
    from volumes
    where
        event_count >= {{ quality_bound('event_count') }}
        and sum_before < {{ quality_bound('event_count') }}
        and event_date >= first_date + interval 7 day
        and event_name not in (select known.event_name from {{ ref('event_registry') }} as known)
),

last_dates as (
    select
        event_name,
        max(event_date) as last_date
    from grid
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
    inner join grid
        on
            last_dates.event_name = grid.event_name
            and grid.event_date > last_dates.last_date - interval 56 day
    group by last_dates.event_name, last_dates.last_date
    having count(*) filter (where grid.event_date <= last_dates.last_date) >= 7
),

silences as (
    select
        *,
        ceil(ln({{ quality_bound('silence_chance') }}) / ln(1 - chance)) as bearable_day_count
    from presences
),

freshness as (
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
),

measures as (
    {% for field in fields -%}
    select
        'missing_field' as trigger_name,
        event_date,
        event_name,
        '{{ field }}' as field,
        missing_{{ field }}_count as part,
        event_count as whole,
        load_id
    from quality
    union all
    {% endfor -%}
    select
        'contract' as trigger_name,
        event_date,
        event_name,
        cast(null as varchar) as field,
        contract_violation_count as part,
        event_count as whole,
        load_id
    from quality
    union all
    select
        'duplicates' as trigger_name,
        event_date,
        event_name,
        cast(null as varchar) as field,
        repeated_count as part,
        line_count as whole,
        load_id
    from quality
    union all
    -- lines without a name are held against all lines of the date
    select
        'rejects' as trigger_name,
        quality.event_date,
        quality.event_name,
        cast(null as varchar) as field,
        quality.rejected_count as part,
        case
            when quality.event_name is null then totals.line_count else quality.line_count
        end as whole,
        quality.load_id
    from quality
    inner join totals
        on quality.event_date = totals.event_date
),

shares as (
    select
        measures.trigger_name,
        measures.event_date,
        measures.event_name,
        measures.field,
        measures.whole,
        100.0 * measures.part / measures.whole as observed_value,
        greatest(measures.load_id, days.load_id) as load_id,
        days.first_date
    from measures
    inner join days
        on measures.event_date = days.event_date and days.event_date < days.newest_date
    where measures.whole >= {{ quality_bound('line_count', 'measures.event_name') }}
),

past_shares as (
    select
        *,
        coalesce(median(observed_value) over days_before, 0) as usual,
        coalesce({{ median_deviation('observed_value') }} over days_before, 0) as deviation,
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
            {{ quality_bound('share_points') }},
            {{ quality_bound('deviations') }} * greatest(
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
),

share as (
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
),

findings as (
    {% for kind in ['volume', 'vanished_name', 'new_name', 'freshness', 'share'] -%}
    select
        trigger_name,
        event_date,
        event_name,
        field,
        cast(observed_value as double) as observed_value,
        cast(usual as double) as usual,
        cast(lower_bound as double) as lower_bound,
        cast(upper_bound as double) as upper_bound,
        load_id,
        finding
    from {{ kind }}
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
)

select
    trigger_name,
    event_date,
    event_name,
    field,
    finding,
    observed_value,
    usual,
    lower_bound,
    upper_bound,
    load_id,
    load_id = (select max(counts.load_id) from {{ ref('line_counts') }} as counts)
    and event_date >= (select span.newest_date from span) - interval 56 day as is_news
from findings
