-- one row per user, with the events from before the sign-up and of all devices
{{ config(materialized='view') }}

select
    resolved_user_id,
    bool_and(is_anonymous) as is_anonymous,
    min(event_time) as first_seen_at,
    max(event_time) as last_seen_at,
    count(*) as event_count,
    count(distinct event_date) as day_count,
    count(distinct anonymous_id) as device_count,
    max(load_id) as load_id
from {{ ref('resolved_events') }}
group by resolved_user_id
