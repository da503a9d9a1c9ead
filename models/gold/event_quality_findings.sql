-- one row per finding: an event, a date and what is unusual about it
{#- What is measured stands here; what of it is unusual in macros/quality: a macro for each trigger,
    and one for those that look at a share (missing_field, contract, duplicates, rejects). -#}
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

-- each day of an event, beside the same weekdays and all days before
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

volume as (
    {{ volume_findings('volumes') | indent }}
),

vanished_name as (
    {{ vanished_name_findings('volumes') | indent }}
),

new_name as (
    {{ new_name_findings('volumes', ref('event_registry')) | indent }}
),

freshness as (
    {{ freshness_findings('grid') | indent }}
),

-- how many of a day's lines or events have a fault
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

share as (
    {{ share_findings('measures', 'days') | indent }}
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
