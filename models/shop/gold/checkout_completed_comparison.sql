-- one row per event date on which either version of checkout_completed has a row
{{ config(
    event_time='event_date',
    begin=first_batch(),
    meta={'ledger': 'checkout_date_ledger'},
) }}

with dates as (
    select
        event_date,
        load_id
    from {{ ref('checkout_date_ledger').render() }}
    where {{ event_window('event_date') }}
),

compared as (
    {{ compare_days(
        ref('checkout_completed', v=1),
        ref('checkout_completed', v=2),
        key='checkout_id',
        metrics=['amount', 'item_count'],
        ignore=['event_id', 'event_time', 'load_id'],
    ) | indent }}
)

select
    compared.*,
    dates.load_id
from compared
inner join dates
    on compared.event_date = dates.event_date
order by compared.event_date
