-- one row per landed line that is no usable event
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
