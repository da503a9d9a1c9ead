{#- The rows of a compared table on the newest complete days: those before the data's newest date. -#}
{% macro complete_days(compared, dates, days) -%}
(
    select *
    from {{ compared }}
    where
        event_date >= (
            select max(newest.event_date) - interval {{ days | int }} day from {{ dates }} as newest
        )
        and event_date < (select max(newest.event_date) from {{ dates }} as newest)
)
{%- endmacro %}
