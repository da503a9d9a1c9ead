-- one row per event that tells which user is on a device
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    meta={'by_name': 'event_id'},
) }}

select
    event_id,
    event_name,
    event_time,
    event_date,
    anonymous_id,
    user_id,
    load_id
from {{ ref('events') }}
where
    event_name in ({{ quoted(var('identifying_events')) }})
    and user_id is not null
    and anonymous_id is not null
    and {{ load_window('event_date') }}
order by event_date, anonymous_id, event_time, event_id
