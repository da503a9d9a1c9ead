-- one row per distinct event
{{ config(materialized='view', event_time='event_date') }}

select
    event_id,
    event_name,
    sent_event_name,
    event_time,
    event_date,
    src_ts,
    received_at,
    user_id,
    anonymous_id,
    coalesce(user_id, anonymous_id) as user_key,
    schema_version,
    source_system,
    app_version,
    platform,
    country_code,
    page_url,
    {{ upcast('properties') }} as properties,
    context_json,
    changed_load_id as load_id,
    admitted_load_id,
    renamed_load_id
from {{ ref('judged_events') }}
where verdict = 'accepted'
