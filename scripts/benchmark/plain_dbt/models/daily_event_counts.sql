-- one row per date and event name
select
    event_date,
    event_name,
    count(*) as event_count,
    count(distinct user_key) as user_count
from {{ ref('events') }}
group by event_date, event_name
