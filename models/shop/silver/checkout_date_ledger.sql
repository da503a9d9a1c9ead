-- one row per event date: the newest load that touched the comparison of checkouts on it
{{ version_date_ledger(
    ref('checkout_completed', v=1),
    ref('checkout_completed', v=2),
    key='checkout_id',
) }}
