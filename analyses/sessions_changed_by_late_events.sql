-- one row per effect: how many sessions late events changed, and how
-- Without them, the sessions that they joined would be split, and those that they opened missing.

with late_events as (
    select event_id
    from {{ ref('judged_events') }}
    where verdict = 'accepted' and event_time < watermark
),

late_sessions as (
    select distinct session_id
    from {{ ref('event_sessions') }}
    where event_id in (select late_events.event_id from late_events)
),

events as (
    select
        sessions.session_id,
        sessions.session_date,
        sessions.user_key,
        sessions.event_id,
        sessions.event_time,
        late_events.event_id is not null as is_late
    from {{ ref('event_sessions') }} as sessions
    left join late_events
        on sessions.event_id = late_events.event_id
    where sessions.session_id in (select late_sessions.session_id from late_sessions)
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
