-- one row per event date, event name and load: what the load touched
{{ config(materialized='incremental', incremental_strategy='append') }}

select
    event_date,
    event_name,
    load_id,
    count(*) as event_count
from {{ ref('events') }}
where {{ is_new_load() }}
group by event_date, event_name, load_id
order by event_date, event_name, load_id
