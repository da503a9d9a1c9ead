-- one row per session
with with_previous as (
    select
        event_id,
        user_key,
        event_time,
        event_time > lag(event_time) over (
            partition by user_key
            order by event_time, event_id
        ) + interval '30 minutes' as is_after_pause
    from {{ ref('events').render() }}
    where user_key is not null and {{ in_batch('event_date', days=1) }}
),

numbered as (
    select
        *,
        coalesce(is_after_pause, true) as is_start,
        count(*) filter (where coalesce(is_after_pause, true)) over (
            partition by user_key
            order by event_time, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from with_previous
)

select
    min(event_id) filter (where is_start) as session_id,
    user_key,
    cast(min(event_time) as date) as session_date,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    cast(epoch_us(max(event_time)) - epoch_us(min(event_time)) as decimal(20, 0))
        * cast(0.000001 as decimal(6, 6)) as duration_seconds,
    count(*) as event_count
from numbered
group by user_key, session_number
having {{ in_batch('cast(min(event_time) as date)') }}
