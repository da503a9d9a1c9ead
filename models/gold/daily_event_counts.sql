-- one row per event date and event name
{{ config(event_time='event_date', begin=first_batch(), meta={'ledger': 'event_date_ledger'}) }}
-- depends_on: {{ ref('event_date_ledger') }}

select
    event_date,
    event_name,
    count(*) as event_count,
    count(distinct user_key) as user_count,
    max(load_id) as load_id
from {{ ref('events').render() }}
where {{ event_window('event_date') }}
group by event_date, event_name
order by event_date, event_name
