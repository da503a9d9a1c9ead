-- one row per event date, event name and load: what the load touched
{{ config(materialized='incremental', incremental_strategy='by_load', event_time='event_date') }}

select
    event_date,
    event_name,
    load_id,
    count(*) as event_count
from {{ ref('events') }}
where {{ load_window('event_date') }}
group by event_date, event_name, load_id
order by event_date, event_name, load_id
