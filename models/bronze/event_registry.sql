-- one row per known event name
{{ config(materialized='view') }}
{%- set columns = [
    'event_name', 'owner', 'grain', 'kind', 'status', 'since', 'replaced_by', 'schema_versions',
    'contract',
] %}
{%- set events, declarations = registered_events(), declared_events() %}
{%- for event in events %}
{%- do event.update({'contract': contract_of(event, declarations)}) %}
{%- endfor %}

with declared as (
    {{ rows_of(events, columns) | indent }}
),

seeded as (
    select
        event_name,
        min(owner) as owner, -- noqa: RF04
        min(grain) as grain,
        min(kind) as kind,
        min(status) as status,
        min(since) as since,
        min(replaced_by) as replaced_by,
        coalesce(min(schema_versions), '1') as schema_versions,
        cast(null as varchar) as contract
    from {{ seed_rows(ref('known_events'), columns | reject('equalto', 'contract') | list) }}
    -- the YAML of a typed event says more
    where event_name not in (select declared.event_name from declared)
    group by event_name
)

select {{ columns | join(', ') }}
from declared
union all
select {{ columns | join(', ') }}
from seeded
