{#- A query for balances at a moment: the nearest snapshot before it, and the entries since. -#}
{% macro balance_as_of(as_of, account_id=none, known_at_load=none) -%}
{%- set of_account = 'account_id = ' ~ account_id if account_id else 'true' -%}
with nearest as (
    select least(
        {{ period_end('cast(' ~ as_of ~ ' as date)', before=true) }},
        (select max(snapshot_date) from {{ ref('account_balance_snapshots') }})
    ) as snapshot_date
),

amounts as (
    select snapshots.account_id, snapshots.currency, snapshots.balance as amount,
        snapshots.entry_count
    from {{ ref('account_balance_snapshots') }} as snapshots
    inner join nearest
        on snapshots.snapshot_date = nearest.snapshot_date
    where {{ of_account }}
    union all
    select entries.account_id, entries.currency, coalesce(entries.amount, 0), 1 as entry_count
    from {{ ref('account_entries') }} as entries
    where
        {{ of_account }}
        and entries.event_date > (select nearest.snapshot_date from nearest)
        and entries.event_time <= {{ as_of }}
    {%- if known_at_load is not none %}
    union all
    -- what was believed then is what is known now, less what came since
    select entries.account_id, entries.currency, -coalesce(entries.amount, 0), -1 as entry_count
    from {{ ref('account_entries') }} as entries
    where
        {{ of_account }}
        and entries.known_load_id > {{ known_at_load }}
        and entries.event_time <= {{ as_of }}
    {%- endif %}
)

select
    account_id,
    currency,
    cast(sum(amount) as decimal(38, 4)) as balance,
    cast(sum(entry_count) as bigint) as entry_count
from amounts
group by account_id, currency
having sum(entry_count) > 0
{%- endmacro %}
