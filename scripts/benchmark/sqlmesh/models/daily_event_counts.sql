model (
    name plain.daily_event_counts,
    kind incremental_by_time_range (time_column event_date, lookback 3),
    columns (event_date date, event_name varchar, event_count bigint, user_count bigint),
    description 'One row per date and event name.'
);

select
    event_date,
    event_name,
    count(*) as event_count,
    count(distinct user_key) as user_count
from plain.events
where event_date between @start_date and @end_date
group by event_date, event_name
