-- one row per landed line
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    pre_hook="{{ open_landing(known_files(this)) }}",
) }}

with landed as (
    select
        {{ next_load_id(this) }} as load_id,
        {{ run_start() }} as received_at,
        *,
        case
            when {{ is_json('payload') }} then {{ envelope_members('payload', ['event_time']) }}
        end as members
    from {{ landing_lines(this) }}
),

timed as (
    select
        *,
        {{ envelope_field('event_time', 'members', 'payload') }} as event_time_text
    from landed
)

select
    cast(load_id as bigint) as load_id,
    file_name,
    line_number,
    received_at,
    cast({{ timestamp_from_text('event_time_text') }} as date) as event_date,
    payload,
    payload_bytes,
    file_bytes,
    file_modified_at,
    content_bytes,
    content_digest
from timed
