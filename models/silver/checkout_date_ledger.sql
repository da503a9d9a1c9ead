-- one row per event date and load: the checkouts whose comparison on that date the load touched
{{ config(materialized='incremental', incremental_strategy='by_load', event_time='event_date') }}

{{ comparison_ledger(
    ref('checkout_completed', v=1), ref('checkout_completed', v=2), key='checkout_id'
) }}
