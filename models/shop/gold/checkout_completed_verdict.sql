-- one row per check of version 2 of checkout_completed against version 1, the verdict first
{{ version_verdict(
    ref('checkout_completed_comparison'),
    ref('checkout_completed', v=1),
    metrics=['amount', 'item_count'],
) }}
