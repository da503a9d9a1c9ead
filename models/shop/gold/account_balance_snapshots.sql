-- one row per account, currency and period end, from the account's first entry on
{{ config(
    incremental_strategy='by_load',
    unique_key=['snapshot_date', 'account_id', 'currency'],
    event_time='snapshot_date',
) }}
{%- set is_wanted = 'true' -%}
{%- if is_repair() -%}
    {%- set is_wanted = '(' ~ load_window('days.series_date', 'spans.load_id')
        ~ ' or days.series_date > (select last_known.snapshot_date from last_known))' -%}
{%- endif %}

with entries as (
    select *
    from {{ ref('account_entries') }}
    -- of an account that changed, these are all entries since the change
    where {{ 'true' if is_repair() else is_new_load() }}
),

newest as (
    select {{ period_end('max(event_date)') }} as snapshot_date
    from {{ ref('account_entries') }}
),

closings as (
    select
        account_id,
        currency,
        {{ period_end('event_date') }} as snapshot_date,
        max_by(balance, entry_number) as balance,
        max(entry_number) as entry_count,
        max(load_id) as load_id
    from entries
    group by account_id, currency, {{ period_end('event_date') }}
),

{% if is_incremental() -%}
last_known as (
    select max(snapshot_date) as snapshot_date
    from {{ this }}
),

changes as (
    select account_id, currency, min(snapshot_date) as snapshot_date
    from closings
    group by account_id, currency
),

{% endif -%}
states as (
    select account_id, currency, snapshot_date, balance, entry_count, load_id
    from closings
    {%- if is_incremental() and not is_repair() %}
    union all
    -- what did not change until then goes on with the calendar
    select
        known.account_id,
        known.currency,
        cast(known.snapshot_date + interval 1 day as date) as snapshot_date,
        known.balance,
        known.entry_count,
        known.load_id
    from {{ this }} as known
    inner join last_known
        on known.snapshot_date = last_known.snapshot_date
    left join changes
        on known.account_id = changes.account_id and known.currency = changes.currency
    where
        changes.snapshot_date is null
        or changes.snapshot_date > known.snapshot_date + interval 1 day
    {%- endif %}
),

spans as (
    select
        states.*,
        cast(coalesce(states.next_date - interval 1 day, newest.snapshot_date) as date) as last_date
    from (
        select
            *,
            lead(snapshot_date) over (
                partition by account_id, currency
                order by snapshot_date
            ) as next_date
        from states
    ) as states
    cross join newest
)

select
    spans.account_id,
    spans.currency,
    days.series_date as snapshot_date,
    spans.balance,
    spans.entry_count,
    spans.load_id
from spans
cross join {{ date_series('spans.snapshot_date', 'spans.last_date', 'days') }}
where
    {{ period_end('days.series_date') }} = days.series_date
    and {{ is_wanted }}
order by days.series_date, spans.account_id, spans.currency
