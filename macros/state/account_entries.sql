{#- The entries of the accounts that a book of a money ledger has, each with the balance after it. -#}
{% macro account_entries(money, book) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['event_date', 'event_id'],
    event_time='event_date',
    contract={'enforced': true},
    on_schema_change='fail',
) }}
{%- set in_book = durable_events.quoted([book]) -%}
{%- set is_of_account -%}
account_id is not null
        -- what was given another name stays, without an amount
        and (book = {{ in_book }} or renamed_load_id is not null)
{%- endset %}
{%- set so_far = 'partition by account_id, currency order by event_time, event_id '
    ~ 'rows between unbounded preceding and current row' %}

with new_entries as (
    select
        account_id,
        currency,
        event_id,
        event_name,
        event_time,
        event_date,
        case when book = {{ in_book }} then amount end as amount,
        entry_load_id as known_load_id
    from {{ money }}
    where
        {{ is_of_account }}
        {%- if durable_events.is_repair() %}
        and account_id in (
            select concerned.account_id
            from {{ money }} as concerned
            where {{ durable_events.load_window('concerned.event_date', 'concerned.entry_load_id') }}
        )
        {%- else %}
        and {{ durable_events.is_new_load('entry_load_id') }}
        {%- endif %}
),

{% if is_incremental() and not durable_events.is_repair() -%}
-- from here on an account's balances are others
changes as (
    {{ durable_events.deduplicate('new_entries', key='account_id, currency', order_by='event_time, event_id') }}
),

known_entries as (
    select
        known.*,
        known.event_time < changes.event_time
        or (known.event_time = changes.event_time and known.event_id < changes.event_id)
            as is_before
    from {{ this }} as known
    inner join changes
        on known.account_id = changes.account_id and known.currency = changes.currency
    where known.account_id in ({{ durable_events.few('changes.account_id', 'changes') }})
),

known_before as (
    select *
    from known_entries
    where is_before
),

openings as (
    {{ durable_events.deduplicate('known_before', key='account_id, currency', order_by='entry_number desc') }}
),

entries as (
    select * from new_entries
    union all
    select
        known.account_id, known.currency, known.event_id, known.event_name, known.event_time,
        known.event_date, known.amount, known.known_load_id
    from known_entries as known
    left join new_entries
        on known.event_id = new_entries.event_id
    where not known.is_before and new_entries.event_id is null
),
{%- else -%}
entries as (
    select *
    from new_entries
),

openings as (
    select
        account_id,
        currency,
        0 as entry_number,
        amount as balance,
        known_load_id as load_id
    from new_entries
    where false
),
{%- endif %}

summed as (
    select
        *,
        count(*) over ({{ so_far }}) as entries_so_far,
        sum(coalesce(amount, 0)) over ({{ so_far }}) as amount_so_far,
        max(known_load_id) over ({{ so_far }}) as load_so_far
    from entries
)

select
    summed.account_id,
    summed.currency,
    coalesce(openings.entry_number, 0) + summed.entries_so_far as entry_number,
    summed.event_id,
    summed.event_name,
    summed.event_time,
    summed.event_date,
    summed.amount,
    cast(coalesce(openings.balance, 0) + summed.amount_so_far as decimal(38, 4)) as balance,
    summed.known_load_id,
    greatest(coalesce(openings.load_id, 0), summed.load_so_far) as load_id
from summed
left join openings
    on summed.account_id = openings.account_id and summed.currency = openings.currency
-- rows of one date and account lie together, so that reading some dates skips the others
order by summed.event_date, summed.account_id, summed.event_time, summed.event_id
{%- endmacro %}
