-- one row per effect: how many sessions late events changed, and how
-- Without them, the sessions that they joined would be split, and those that they opened missing.

with events as (
    select
        sessions.session_id,
        sessions.session_date,
        sessions.user_key,
        sessions.event_id,
        sessions.event_time,
        coalesce(judged.event_time < judged.watermark, false) as is_late
    from {{ ref('event_sessions') }} as sessions
    inner join {{ ref('judged_events') }} as judged
        on sessions.event_id = judged.event_id and judged.verdict = 'accepted'
),

on_time as (
    select
        session_id as final_session_id,
        user_key,
        event_id,
        event_time
    from events
    where not is_late
),

without_late as (
    {{ sessionize('on_time') | indent }}
),

pieces as (
    select
        final_session_id,
        count(distinct session_id) as piece_count,
        min(event_time) as started_at,
        max(event_time) as ended_at
    from without_late
    group by final_session_id
),

touched as (
    select
        session_id,
        session_date,
        min(event_time) as started_at,
        max(event_time) as ended_at,
        count(*) filter (where is_late) as late_event_count
    from events
    group by session_id, session_date
    having count(*) filter (where is_late) > 0
),

effects as (
    select
        touched.session_date,
        touched.late_event_count,
        coalesce(pieces.piece_count, 0) as piece_count,
        case
            when pieces.piece_count is null then 'opened'
            when pieces.piece_count > 1 then 'joined'
            when
                touched.started_at < pieces.started_at or touched.ended_at > pieces.ended_at
                then 'extended'
            else 'filled in'
        end as effect
    from touched
    left join pieces
        on touched.session_id = pieces.final_session_id
)

select
    effect,
    count(*) as session_count,
    cast(sum(piece_count) as bigint) as session_count_without,
    cast(sum(late_event_count) as bigint) as late_event_count,
    count(distinct session_date) as session_date_count
from effects
group by effect
order by session_count desc, effect asc
