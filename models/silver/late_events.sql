-- one row per event that waits to be let in: later than its load's policy allows
{#- Which events these are: macros/verdicts/is_too_late.sql. -#}
{{ config(materialized='view') }}

select
    load_id,
    file_name,
    line_number,
    received_at,
    event_id,
    event_name,
    event_time,
    event_date,
    source_system,
    watermark,
    {{ seconds_between('event_time', 'watermark') }} as lateness_seconds,
    context_json as payload
from {{ ref('judged_events') }}
where verdict = 'late'
