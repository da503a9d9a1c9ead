{#- What makes a model a daily table: a run computes the dates that its ledger calls stale. -#}
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
{#- dbt is to build it first -#}
{%- do ref(ledger) -%}
{%- endmacro %}
