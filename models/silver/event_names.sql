-- one row per name that was sent or is known
{{ config(materialized='view') }}

-- apart from what was set aside, so that nothing but names and dates is read of the many
with counted as (
    select
        sent_event_name,
        count(*) filter (where verdict = 'accepted') as event_count,
        min(event_date) as first_event_date,
        max(event_date) as last_event_date,
        min(load_id) as first_load_id
    from {{ ref('judged_events') }}
    where
        verdict in ('accepted', 'late')
        or {{ is_set_aside('reason', 'schema_version') }}
    group by sent_event_name
),

set_aside as (
    select
        sent_event_name,
        count(distinct coalesce(event_id, context_json)) filter (
            where reason = 'command'
        ) as command_count,
        count(distinct coalesce(event_id, context_json)) filter (
            where reason = 'unsupported_schema_version'
        ) as unsupported_count,
        max(schema_version) filter (
            where reason = 'unsupported_schema_version'
        ) as unsupported_version
    from {{ ref('judged_events') }}
    where {{ is_set_aside('reason', 'schema_version') }}
    group by sent_event_name
),

aliases as (
    select
        alias,
        min(event_name) as event_name,
        max(cast(renamed_on as date)) as renamed_on
    from {{ seed_rows(ref('event_aliases'), ['alias', 'event_name', 'renamed_on']) }}
    group by alias
),

names as (
    select sent_event_name from counted
    union
    select event_name from {{ ref('event_registry') }}
    union
    select alias from aliases
),

described as (
    select
        names.sent_event_name,
        coalesce(aliases.event_name, names.sent_event_name) as event_name,
        registry.event_name is not null as is_known,
        registry.owner,
        registry.kind,
        registry.status,
        registry.since,
        registry.replaced_by,
        coalesce(counted.event_count, 0) as event_count,
        coalesce(set_aside.command_count, 0) as command_count,
        coalesce(set_aside.unsupported_count, 0) as unsupported_count,
        set_aside.unsupported_version,
        counted.first_event_date,
        counted.last_event_date,
        counted.first_load_id,
        aliases.renamed_on
    from names
    left join aliases
        on names.sent_event_name = aliases.alias
    left join {{ ref('event_registry') }} as registry
        on coalesce(aliases.event_name, names.sent_event_name) = registry.event_name
    left join counted
        on names.sent_event_name = counted.sent_event_name
    left join set_aside
        on names.sent_event_name = set_aside.sent_event_name
)

select
    sent_event_name,
    event_name,
    is_known,
    owner, -- noqa: RF04
    kind,
    status,
    since,
    replaced_by,
    event_count,
    command_count,
    unsupported_count,
    unsupported_version,
    first_event_date,
    last_event_date,
    first_load_id,
    nullif(concat_ws(
        '; ',
        case when not is_known then 'nobody knows it' end,
        case
            when sent_event_name = event_name and status is distinct from 'external'
                then {{ name_offence('event_name', 'kind') }}
        end,
        case
            when last_event_date > renamed_on
                then 'the old name of ' || event_name || ' is still sent'
        end,
        'version ' || cast(unsupported_version as varchar) || ' is set aside, as nobody knows it'
    ), '') as finding
from described
