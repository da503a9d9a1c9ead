{#- Any two relations compared over their newest complete days: by day, by column, or the verdict. -#}
{% macro compare_versions(
    old, new, key, metrics, days=30, part='days', date_column='event_date', ignore=[]
) -%}
{%- if part not in ('days', 'columns', 'verdict') -%}
    {{ exceptions.raise_compiler_error(
        "compare_versions has the parts 'days', 'columns' and 'verdict', and no '" ~ part ~ "'."
    ) }}
{%- endif -%}
{%- set day = 'cast(' ~ date_column ~ ' as date)' -%}
{%- set compared -%}
with newest as (
    select cast(max(event_date) - interval 1 day as date) as complete_date
    from (
        select max({{ day }}) as event_date from {{ old.render() }}
        union all
        select max({{ day }}) as event_date from {{ new.render() }}
    ) as newest_dates
),

dates as (
    {% if days is none -%}
    select {{ day }} as event_date from {{ old.render() }} where {{ day }} is not null
    union
    select {{ day }} as event_date from {{ new.render() }} where {{ day }} is not null
    {%- else -%}
    select days.series_date as event_date
    from newest
    cross join {{ durable_events.date_series(
        'newest.complete_date - interval ' ~ (days | int - 1) ~ ' day', 'newest.complete_date', 'days'
    ) }}
    {%- endif %}
)

select *
from (
    {{ durable_events.compare_days(
        old, new, key, metrics, date_column=date_column, ignore=ignore,
        among='true' if days is none else
            'compared_date >= ('
            ~ 'select cast(min(dates.event_date) - interval 7 day as date) from dates)'
    ) | indent }}
) as compared
{%- endset -%}
{%- if part == 'days' -%}
select *
from (
    {{ compared | indent }}
) as compared_days
order by event_date
{%- elif part == 'columns' -%}
{{ durable_events.compare_columns(
    '(\n' ~ compared ~ '\n)', durable_events.compared_columns(old, new, key, date_column, ignore)
) }}
{%- else -%}
{%- set began -%}
(
        select case when count(first_date) = 2 then max(first_date) end
        from (
            select min({{ day }}) as first_date from {{ old.render() }}
            union all
            select min({{ day }}) as first_date from {{ new.render() }}
        ) as first_dates
    )
{%- endset -%}
{{ durable_events.comparison_verdict(
    '(\n' ~ compared ~ '\n)', metrics, began, [old.identifier, new.identifier],
    durable_events.deprecation_date(old)
) }}
{%- endif -%}
{%- endmacro %}
