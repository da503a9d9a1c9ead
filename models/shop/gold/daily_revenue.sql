-- one row per event date and currency
{%- set no_amount = 'cast(0 as decimal(38, 4))' %}
{{ daily_table(ledger='revenue_date_ledger') }},

booked as (
    select
        event_date,
        currency,
        count(*) filter (where event_name = 'order_placed') as order_count,
        sum(amount) filter (where book = 'orders') as booked_amount,
        count(*) filter (where event_name = 'payment_received') as payment_count,
        count(*) filter (
            where event_name = 'payment_received' and amount is null
        ) as payment_without_amount_count,
        sum(amount) filter (where event_name = 'payment_received') as payment_amount,
        sum(amount) filter (where book = 'payments') as paid_booked_amount
    from {{ ref('money_entries').render() }}
    where book in ('orders', 'payments') and {{ event_window('event_date') }}
    group by event_date, currency
),

restated as (
    select
        restated_date as event_date,
        currency,
        sum(amount) filter (where book = 'orders') as restated_amount,
        sum(amount) filter (where book = 'payments') as paid_restated_amount
    from {{ ref('money_entries').render() }}
    where book in ('orders', 'payments') and {{ event_window('restated_date') }}
    group by restated_date, currency
),

currencies as (
    select event_date, currency from booked
    union
    select event_date, currency from restated
)

-- a date that lost its last entry, to an alias that was taken back, keeps a row, of zeros
select
    dates.event_date,
    coalesce(currencies.currency, 'XXX') as currency,
    coalesce(booked.order_count, 0) as order_count,
    coalesce(booked.booked_amount, {{ no_amount }}) as booked_amount,
    coalesce(restated.restated_amount, {{ no_amount }}) as restated_amount,
    coalesce(booked.payment_count, 0) as payment_count,
    coalesce(booked.payment_without_amount_count, 0) as payment_without_amount_count,
    coalesce(booked.payment_amount, {{ no_amount }}) as payment_amount,
    coalesce(booked.paid_booked_amount, {{ no_amount }}) as paid_booked_amount,
    coalesce(restated.paid_restated_amount, {{ no_amount }}) as paid_restated_amount,
    dates.load_id
from dates
left join currencies
    on dates.event_date = currencies.event_date
left join booked
    on currencies.event_date = booked.event_date and currencies.currency = booked.currency
left join restated
    on currencies.event_date = restated.event_date and currencies.currency = restated.currency
order by dates.event_date, currencies.currency
