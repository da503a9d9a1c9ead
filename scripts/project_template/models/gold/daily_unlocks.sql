-- one row per event date and door
{{ config(
    event_time='event_date',
    begin=durable_events.first_batch(),
    meta={'ledger': 'event_date_ledger', 'event_name': 'door_unlocked'},
) }}
-- depends_on: {{ ref('event_date_ledger') }}

select
    event_date,
    door,
    count(*) as unlock_count,
    count(distinct user_key) as user_count,
    max(load_id) as load_id
from {{ ref('door_unlocked').render() }}
where {{ durable_events.event_window('event_date') }}
group by event_date, door
order by event_date, door
