model (
    name plain.sessions,
    kind incremental_by_time_range (time_column session_date, lookback 3),
    columns (
        session_id varchar, user_key varchar, session_date date, started_at timestamp,
        ended_at timestamp, duration_seconds decimal(26, 6), event_count bigint
    ),
    description 'One row per session.'
);

with with_previous as (
    select
        event_id,
        user_key,
        event_time,
        event_time > lag(event_time) over (
            partition by user_key
            order by event_time, event_id
        ) + interval '30' minute as is_after_pause
    from plain.events
    where
        user_key is not null
        and event_date >= cast(@start_ds as date) - 1
        and event_date <= cast(@end_ds as date) + 1
),

numbered as (
    select
        *,
        coalesce(is_after_pause, true) as is_start,
        sum(case when coalesce(is_after_pause, true) then 1 else 0 end) over (
            partition by user_key
            order by event_time, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from with_previous
)

select
    min(case when is_start then event_id end) as session_id,
    user_key,
    cast(min(event_time) as date) as session_date,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    cast(epoch_us(max(event_time)) - epoch_us(min(event_time)) as decimal(20, 0))
        * cast(0.000001 as decimal(6, 6)) as duration_seconds,
    count(*) as event_count
from numbered
group by user_key, session_number
having cast(min(event_time) as date) between cast(@start_ds as date) and cast(@end_ds as date)
