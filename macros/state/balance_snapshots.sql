{#- What each account held at the end of each period, from its first entry on. -#}
{% macro balance_snapshots(entries) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['snapshot_date', 'account_id', 'currency'],
    event_time='snapshot_date',
    contract={'enforced': true},
    on_schema_change='fail',
) }}
{%- set is_wanted = 'true' -%}
{%- if durable_events.is_repair() -%}
    {%- set is_wanted = '(' ~ durable_events.load_window('days.series_date', 'spans.load_id')
        ~ ' or days.series_date > (select last_known.snapshot_date from last_known))' -%}
{%- endif %}

with news as (
    select *
    from {{ entries }}
    -- of an account that changed, these are all entries since the change
    where {{ 'true' if durable_events.is_repair() else durable_events.is_new_load() }}
),

newest as (
    select {{ durable_events.period_end('max(event_date)') }} as snapshot_date
    from {{ entries }}
),

closings as (
    select
        account_id,
        currency,
        {{ durable_events.period_end('event_date') }} as snapshot_date,
        max_by(balance, entry_number) as balance,
        max(entry_number) as entry_count,
        max(load_id) as load_id
    from news
    group by account_id, currency, {{ durable_events.period_end('event_date') }}
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
    {%- if is_incremental() and not durable_events.is_repair() %}
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
cross join {{ durable_events.date_series('spans.snapshot_date', 'spans.last_date', 'days') }}
where
    {{ durable_events.period_end('days.series_date') }} = days.series_date
    and {{ is_wanted }}
order by days.series_date, spans.account_id, spans.currency
{%- endmacro %}
