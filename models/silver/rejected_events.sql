-- one row per landed line that is no usable event
{#- Why not: macros/verdicts/reject_reason.sql and, by what is registered, set_aside_reason.sql. -#}
{{ config(materialized='view') }}

select
    load_id,
    file_name,
    line_number,
    received_at,
    reason,
    event_id,
    event_name,
    event_time,
    event_date,
    source_system,
    context_json as payload
from {{ ref('judged_events') }}
where verdict = 'rejected'
