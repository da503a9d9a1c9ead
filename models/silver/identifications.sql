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
    user_id is not null
    and anonymous_id is not null
    {%- if setting('identifying_events') is not none %}
    and event_name in ({{ quoted(setting('identifying_events')) }})
    {%- endif %}
    and {{ load_window('event_date') }}
order by event_date, anonymous_id, event_time, event_id
