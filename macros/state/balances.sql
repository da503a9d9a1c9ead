{#- What each account holds by all that is known. -#}
{% macro balances(entries) -%}
{{ config(materialized='view', contract={'enforced': true}) }}
select
    account_id,
    currency,
    balance,
    entry_number as entry_count,
    event_time as last_entry_at,
    load_id
from (
    {{ durable_events.deduplicate(
        entries, key='account_id, currency', order_by='entry_number desc'
    ) | indent }}
) as newest
{%- endmacro %}
