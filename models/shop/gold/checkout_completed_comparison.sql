-- one row per event date on which either version of checkout_completed has a row
{{ version_comparison(
    ref('checkout_completed', v=1),
    ref('checkout_completed', v=2),
    key='checkout_id',
    ledger='checkout_date_ledger',
    metrics=['amount', 'item_count'],
) }}
