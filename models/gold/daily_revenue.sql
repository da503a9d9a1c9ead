-- one row per event date and currency
{{ config(event_time='event_date', begin=first_batch(), meta={'ledger': 'payment_received'}) }}
{#- The table of payments is its own ledger: each row says its date and its load. -#}
select
    event_date,
    coalesce(currency, 'XXX') as currency,
    count(*) as payment_count,
    count(*) filter (where amount is null) as payment_without_amount_count,
    cast(coalesce(sum(amount), 0) as decimal(38, 2)) as payment_amount,
    max(load_id) as load_id
from {{ ref('payment_received').render() }}
where {{ event_window('event_date') }}
group by event_date, coalesce(currency, 'XXX')
order by event_date, currency
