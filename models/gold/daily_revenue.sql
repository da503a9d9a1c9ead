-- one row per event date and currency
{{ config(
    event_time='event_date',
    begin=first_batch(),
    meta={'ledger': 'event_date_ledger', 'event_name': 'payment_received'},
) }}

with dates as (
    select
        event_date,
        max(load_id) as load_id
    from {{ ref('event_date_ledger').render() }}
    where event_name = 'payment_received' and {{ event_window('event_date') }}
    group by event_date
),

payments as (
    select
        event_date,
        coalesce(currency, 'XXX') as currency,
        amount
    from {{ ref('payment_received').render() }}
    where {{ event_window('event_date') }}
)

-- a date that lost its last payment, to an alias that was taken back, keeps a row, of zeros
select
    dates.event_date,
    coalesce(payments.currency, 'XXX') as currency,
    count(payments.currency) as payment_count,
    count(payments.currency) filter (where payments.amount is null) as payment_without_amount_count,
    cast(coalesce(sum(payments.amount), 0) as decimal(38, 2)) as payment_amount,
    dates.load_id
from dates
left join payments
    on dates.event_date = payments.event_date
group by dates.event_date, coalesce(payments.currency, 'XXX'), dates.load_id
order by dates.event_date, currency
