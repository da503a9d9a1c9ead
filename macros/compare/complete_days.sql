{#- The rows of a compared table on the newest complete days, as many as `comparison_days` says: those
    before the data's newest date. -#}
{% macro complete_days(comparison) -%}
{%- set ledger = ref('durable_events', 'event_date_ledger') -%}
(
    select *
    from {{ comparison }}
    where
        event_date >= (
            select
                max(newest.event_date)
                - interval {{ durable_events.setting('comparison_days') | int }} day
            from {{ ledger }} as newest
        )
        and event_date < (select max(newest.event_date) from {{ ledger }} as newest)
)
{%- endmacro %}
