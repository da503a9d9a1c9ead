{#- A query for balances at a moment: the nearest snapshot before it, and the entries since. -#}
{% macro balance_as_of(entries, snapshots, as_of, account_id=none, known_at_load=none) -%}
{%- set known_at_load = none if known_at_load is none else durable_events.known_load(known_at_load) -%}
{%- set of_account = 'account_id = ' ~ account_id if account_id else 'true' -%}
{#- A date that is known before the query is planned lets the engine skip all others. A newer snapshot
    that comes later makes the query slower, not wrong. -#}
{%- set last = none -%}
{%- if execute and load_relation(snapshots) -%}
    {%- set last = run_query('select max(snapshot_date) from ' ~ snapshots).columns[0].values()[0] -%}
{%- endif -%}
{%- set nearest = 'least(' ~ durable_events.period_end('cast(' ~ as_of ~ ' as date)', before=true)
    ~ ", date '" ~ (last or '0001-01-01') ~ "')" -%}
with amounts as (
    select account_id, currency, balance as amount, entry_count
    from {{ snapshots }}
    where {{ of_account }} and snapshot_date = {{ nearest }}
    union all
    select account_id, currency, coalesce(amount, 0) as amount, 1 as entry_count
    from {{ entries }}
    where {{ of_account }} and event_date > {{ nearest }} and event_time <= {{ as_of }}
    {%- if known_at_load is not none %}
    union all
    -- what was believed then is what is known now, less what came since
    select account_id, currency, -coalesce(amount, 0) as amount, -1 as entry_count
    from {{ entries }}
    where {{ of_account }} and known_load_id > {{ known_at_load }} and event_time <= {{ as_of }}
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
