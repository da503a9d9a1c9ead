-- one row per column of either version of checkout_completed
{{ version_differences(
    ref('checkout_completed_comparison'),
    ref('checkout_completed', v=1),
    ref('checkout_completed', v=2),
    key='checkout_id',
) }}
