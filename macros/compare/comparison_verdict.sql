{#- Whether two versions agree over some days, by the thresholds in the settings: a row for the
    verdict, then one for each check, with the day on which it is worst. -#}
{% macro comparison_verdict(days, metrics, began, names, deprecation_date='cast(null as date)') -%}
{%- set allowed_missing = durable_events.setting('comparison_max_missing_percent') -%}
{%- set old_name, new_name = names[0] | replace("'", "''"), names[1] | replace("'", "''") -%}
{%- set checks = [
    ('missing_in_new', 'only_old_count', 'key_count', allowed_missing,
        "' lacks ' || percent_text || ' % of its keys in " ~ new_name ~ "'"),
    ('missing_in_old', 'only_new_count', 'key_count', allowed_missing,
        "' lacks ' || percent_text || ' % of its keys in " ~ old_name ~ "'"),
    ('not_comparable', 'not_comparable_count', 'key_count',
        durable_events.setting('comparison_max_repeated_percent'),
        "' has ' || percent_text || ' % of its keys more than once in one version'"),
    ('modified', 'modified_count', 'identical_count + modified_count',
        durable_events.setting('comparison_max_modified_percent'),
        "' has ' || percent_text || ' % of the keys in both modified'"),
] -%}
with compared as (
    select * from {{ days }} as days
),

judged as (
    -- before a version began there is nothing to compare
    select *
    from compared
    where event_date >= {{ began }}
),

percents as (
    {%- for name, part, whole, limit, sentence in checks %}
    select
        {{ loop.index }} as check_number,
        event_date,
        coalesce(round(100 * cast({{ part }} as double) / nullif({{ whole }}, 0), 2), 0) as percent
    from judged
    union all
    {%- endfor %}
    {%- for metric in metrics %}
    select
        {{ checks | length + loop.index }},
        event_date,
        {{ adapter.quote(metric ~ '_difference_percent') }}
    from judged
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if not metrics %}
    select 0, cast(null as date), cast(null as double) where false
    {%- endif %}
),

checks as (
    {%- for name, part, whole, limit, sentence in checks %}
    select
        {{ loop.index }} as check_number,
        '{{ name }}' as check_name,
        cast({{ limit }} as double) as allowed_percent,
        '{{ limit }}' as allowed_text
    union all
    {%- endfor %}
    {%- for metric in metrics %}
    select
        {{ checks | length + loop.index }},
        {{ dbt.string_literal(metric | replace("'", "''") ~ '_difference') }},
        cast({{ durable_events.setting('comparison_max_difference_percent') }} as double),
        '{{ durable_events.setting('comparison_max_difference_percent') }}'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if not metrics %}
    select 0, '', cast(null as double), '' where false
    {%- endif %}
),

ranked as (
    select
        checks.*,
        percents.event_date,
        percents.percent,
        cast(cast(abs(percents.percent) as decimal(18, 2)) as varchar) as percent_text,
        count(*) filter (where abs(percents.percent) > checks.allowed_percent) over (
            partition by checks.check_number
        ) as failing_day_count,
        row_number() over (
            partition by checks.check_number
            order by abs(percents.percent) desc, percents.event_date
        ) as place
    from checks
    left join percents
        -- a metric that one version lacks is listed among the columns, and not judged
        on checks.check_number = percents.check_number and percents.percent is not null
),

worst as (
    select
        check_number,
        check_name,
        case when event_date is not null then failing_day_count = 0 end as is_passed,
        case when event_date is not null then failing_day_count end as failing_day_count,
        event_date,
        percent,
        allowed_percent,
        case
            when failing_day_count > 0
                then
                    event_date || case check_number
                        {%- for name, part, whole, limit, sentence in checks %}
                        when {{ loop.index }} then {{ sentence }}
                        {%- endfor %}
                        {%- for metric in metrics %}
                        when {{ checks | length + loop.index }}
                            then
                                ': ' || {{ dbt.string_literal(metric | replace("'", "''")) }} || ' adds up to '
                                || percent_text || ' % '
                                || case when percent < 0 then 'less' else 'more' end
                                || ' in {{ new_name }}'
                        {%- endfor %}
                    end || ' (allowed ' || allowed_text || ' %)' || case
                        when failing_day_count = 2 then ', and 1 more day'
                        when failing_day_count > 2
                            then ', and ' || (failing_day_count - 1) || ' more days'
                        else ''
                    end
        end as reason
    from ranked
    where place = 1
),

verdict as (
    select
        0 as check_number,
        'verdict' as check_name,
        bool_and(is_passed) as is_passed,
        cast(null as bigint) as failing_day_count,
        cast(null as date) as event_date,
        cast(null as double) as percent,
        cast(null as double) as allowed_percent,
        case
            when max(event_date) is null
                then
                    'can not tell: there is no complete day since both {{ old_name }} and '
                    || '{{ new_name }} have rows'
            when bool_and(is_passed) then 'ready: {{ new_name }} agrees with {{ old_name }}'
            else 'not ready: ' || {{ dbt.listagg('reason', "'; '", 'order by check_number') }}
        end as reason
    from worst
),

results as (
    select * from verdict
    union all
    select
        check_number,
        check_name,
        is_passed,
        failing_day_count,
        event_date,
        percent,
        allowed_percent,
        reason
    from worst
),

span as (
    select
        min(judged.event_date) as first_date,
        max(judged.event_date) as last_date,
        cast(count(judged.event_date) as bigint) as judged_day_count,
        min(compared.event_date) as window_first_date,
        max(compared.event_date) as window_last_date
    from compared
    left join judged
        on compared.event_date = judged.event_date
)

select
    results.check_number,
    results.check_name,
    results.is_passed,
    results.reason,
    results.event_date,
    results.percent,
    results.allowed_percent,
    results.failing_day_count,
    span.first_date,
    span.last_date,
    span.judged_day_count,
    span.window_first_date,
    span.window_last_date,
    '{{ old_name }}' as old_name,
    '{{ new_name }}' as new_name,
    {{ deprecation_date }} as deprecation_date,
    cast({{ dbt.datediff('span.window_last_date', deprecation_date, 'day') }} as bigint) as days_left_count
from results
cross join span
order by results.check_number
{%- endmacro %}
