-- one row per landed line that repeats an event received before
{#- Which of the lines of an event counts: macros/verdicts/first_received_wins.sql. -#}
{{ config(materialized='view') }}

with repeats as (
    select *
    from {{ ref('judged_events') }}
    where verdict = 'duplicate'
),

originals as (
    select *
    from {{ ref('judged_events') }}
    where verdict in ('accepted', 'late')
)

select
    repeats.load_id,
    repeats.file_name,
    repeats.line_number,
    repeats.received_at,
    repeats.event_id,
    repeats.event_name,
    repeats.event_time,
    repeats.event_date,
    repeats.source_system,
    repeats.context_json as payload,
    originals.load_id as original_load_id,
    originals.file_name as original_file_name,
    originals.line_number as original_line_number,
    repeats.context_json = originals.context_json as is_identical
from repeats
inner join originals
    on repeats.event_id = originals.event_id
