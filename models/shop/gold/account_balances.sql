-- one row per account and currency
{{ config(materialized='view') }}

select
    account_id,
    currency,
    balance,
    entry_number as entry_count,
    event_time as last_entry_at,
    load_id
from (
    {{ deduplicate(
        ref('account_entries'), key='account_id, currency', order_by='entry_number desc'
    ) | indent }}
) as newest
