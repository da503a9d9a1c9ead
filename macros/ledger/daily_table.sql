{#- Begins a daily table: its configuration, and the dates that this run computes, as CTE `dates`. -#}
{% macro daily_table(ledger, date_column='event_date', event_name=none) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='microbatch',
    event_time=date_column,
    begin=durable_events.first_batch(),
    batch_size='day',
    lookback=1,
    concurrent_batches=false,
    contract={'enforced': true},
    on_schema_change='fail',
    meta={'ledger': ledger, 'event_name': event_name} if event_name else {'ledger': ledger},
) }}
with dates as (
    select {{ date_column }}, max(load_id) as load_id
    from {{ ref(ledger).render() }}
    where
        {{ durable_events.event_window(date_column) }}
        {%- if event_name %}
        and event_name = {{ durable_events.quoted([event_name]) }}
        {%- endif %}
    group by {{ date_column }}
)
{%- endmacro %}
