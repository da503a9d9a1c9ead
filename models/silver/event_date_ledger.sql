-- one row per event date, event name and load: what the load touched
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    meta={'by_name': 'event_date'},
) }}

with touching as (
    select *
    from {{ ref('events') }}
    where {{ load_window('event_date') }}
    {%- if is_incremental() %}
    union all
    select *
    from {{ ref('events') }}
    where
        not {{ load_window('event_date') }}
        and event_date in ({{ renamed_events('event_date') }})
    {%- endif %}
),

-- what the names that were ever given to an event's name have to do with it
former_names as (
    select sent_event_name, event_name
    from {{ ref('name_history') }}
    union
    select sent_event_name, sent_event_name as event_name
    from {{ ref('name_history') }}
),

touches as (
    select event_date, event_name, load_id, 1 as event_count
    from touching
    union all
    -- a name that the event had before has lost it
    select
        touching.event_date,
        former_names.event_name,
        touching.load_id,
        0 as event_count
    from touching
    inner join former_names
        on
            touching.sent_event_name = former_names.sent_event_name
            and touching.event_name <> former_names.event_name
    where touching.renamed_load_id > touching.admitted_load_id
)

select
    event_date,
    event_name,
    load_id,
    cast(sum(event_count) as bigint) as event_count
from touches
group by event_date, event_name, load_id
order by event_date, event_name, load_id
