model (
    name plain.daily_sessions,
    kind incremental_by_time_range (time_column session_date, lookback 3),
    columns (
        session_date date, session_count bigint, user_count bigint,
        single_event_session_count bigint, event_count bigint, duration_seconds decimal(26, 6)
    ),
    description 'One row per date on which a session began.'
);

select
    session_date,
    count(*) as session_count,
    count(distinct user_key) as user_count,
    count(case when event_count = 1 then 1 end) as single_event_session_count,
    cast(sum(event_count) as bigint) as event_count,
    sum(duration_seconds) as duration_seconds
from plain.sessions
where session_date between @start_date and @end_date
group by session_date
