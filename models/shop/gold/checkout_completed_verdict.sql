-- one row per check of version 2 of checkout_completed against version 1, the verdict first
{{ config(materialized='view') }}

{{ comparison_verdict(
    complete_days(
        ref('checkout_completed_comparison'), ref('event_date_ledger'), setting('comparison_days')
    ),
    metrics=['amount', 'item_count'],
    began=began(ref('checkout_completed_comparison')),
    names=['v1', 'v2'],
    deprecation_date=durable_events.deprecation_date(ref('checkout_completed', v=1)),
) }}
