-- one row per name and registration: what the name stands for from that load on
{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with aliases as (
    select
        alias,
        min(event_name) as event_name
    from {{ seed_rows(ref('event_aliases'), ['alias', 'event_name']) }}
    where alias <> event_name
    group by alias
),

known as (
    select
        event_name as sent_event_name,
        event_name,
        kind,
        schema_versions,
        contract
    from {{ ref('event_registry') }}
    where event_name not in (select aliases.alias from aliases)
    union all
    select
        aliases.alias as sent_event_name,
        aliases.event_name,
        registry.kind,
        registry.schema_versions,
        registry.contract
    from aliases
    left join {{ ref('event_registry') }} as registry
        on aliases.event_name = registry.event_name
),

{% if is_incremental() -%}
registered as (
    {{ deduplicate(this, key='sent_event_name', order_by='load_id desc') | indent }}
),

-- a name that is known no more stands for itself, in any version
forgotten as (
    select
        sent_event_name,
        sent_event_name as event_name,
        cast(null as varchar) as kind,
        cast(null as varchar) as schema_versions,
        cast(null as varchar) as contract
    from registered
    where sent_event_name not in (select known.sent_event_name from known)
),

changed as (
    select * from known
    union all
    select * from forgotten
    except
    select sent_event_name, event_name, kind, schema_versions, contract
    from registered
)
{%- else -%}
changed as (
    select *
    from known
)
{%- endif %}

select
    {{ next_registration_id(ref('raw_events')) }} as load_id,
    {{ run_start() }} as received_at,
    sent_event_name,
    event_name,
    kind,
    schema_versions,
    contract
from changed
-- before anything landed there is nothing to say it of
where exists (select 1 from {{ ref('raw_events') }})
