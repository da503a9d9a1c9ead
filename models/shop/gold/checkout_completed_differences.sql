-- one row per column of either version of checkout_completed
{{ config(materialized='view') }}

{{ compare_columns(
    complete_days(
        ref('checkout_completed_comparison'), ref('event_date_ledger'), setting('comparison_days')
    ),
    compared_columns(
        ref('checkout_completed', v=1),
        ref('checkout_completed', v=2),
        key='checkout_id',
        ignore=['event_id', 'event_time', 'load_id'],
    ),
) }}
