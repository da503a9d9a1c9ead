-- one row per distinct command: a request that may be refused
{{ config(materialized='view') }}

with commands as (
    select
        *,
        coalesce(event_id, load_id || '/' || file_name || '/' || line_number) as command_key
    from {{ ref('judged_events') }}
    where reason = 'command'
),

distinct_commands as (
    {{ deduplicate(
        'commands',
        key='command_key',
        order_by='load_id, file_name, line_number'
    ) }}
)

select
    load_id,
    file_name,
    line_number,
    received_at,
    event_id,
    event_name as command_name,
    event_time,
    event_date,
    coalesce(user_id, anonymous_id) as user_key,
    schema_version,
    source_system,
    properties,
    context_json
from distinct_commands
