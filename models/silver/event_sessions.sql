-- one row per event that has a user: its session
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['event_date', 'event_id'],
    event_time='event_date',
) }}
{#- How many days the gap reaches: an event can change sessions that have events on those. -#}
{%- set reach_days = (setting('session_gap_minutes') / 1440) | round(0, 'ceil') | int %}

with new_events as (
    select
        event_id,
        user_key,
        event_time,
        event_date,
        admitted_load_id as load_id,
        cast(null as varchar) as old_session_id,
        cast(null as bigint) as old_session_number,
        cast(null as bigint) as old_event_number,
        cast(null as date) as old_session_date,
        true as is_day_of_new_event
    from {{ ref('events') }}
    where user_key is not null and {{ user_window(ref('events')) }}
),

{% if is_repair() or not is_incremental() -%}
sessionized as (
    {{ sessionize('new_events') }}
),

labelled as (
    select *
    from sessionized
)
{%- else -%}
new_days as (
    select distinct user_key, event_date
    from new_events
),

-- the users and days whose sessions new events can change
touched_days as (
    select
        new_days.user_key,
        days.series_date as event_date,
        bool_or(days.series_date = new_days.event_date) as is_day_of_new_event
    from new_days
    cross join {{ date_series(
        'new_days.event_date - ' ~ reach_days, 'new_days.event_date + ' ~ reach_days, 'days'
    ) }}
    group by new_days.user_key, days.series_date
),

events_nearby as (
    select
        known.event_id,
        known.user_key,
        known.event_time,
        known.event_date,
        known.load_id,
        known.session_id as old_session_id,
        known.session_number as old_session_number,
        known.event_number as old_event_number,
        known.session_date as old_session_date,
        touched_days.is_day_of_new_event
    from {{ this }} as known
    inner join touched_days
        on known.event_date = touched_days.event_date and known.user_key = touched_days.user_key
    where known.user_key in ({{ few('user_key', 'new_days') }})
),

events_around as (
    select * from new_events
    union all
    select * from events_nearby
),

sessions_around as (
    {{ sessionize('events_around') }}
),

-- the sessions that new events extend or join
touched_sessions as (
    select
        old_session_id as session_id,
        min(old_session_date) as session_date,
        bool_or(not is_day_of_new_event) as may_go_on
    from sessions_around
    where
        old_session_id is not null
        and session_id in (select session_id from sessions_around where old_session_id is null)
    group by old_session_id
),

-- what those sessions have on days further off: only a session across midnight has any
events_further_off as (
    select
        known.event_id,
        known.user_key,
        known.event_time,
        known.event_date,
        known.load_id,
        known.session_id as old_session_id,
        known.session_number as old_session_number,
        known.event_number as old_event_number,
        known.session_date as old_session_date,
        false as is_day_of_new_event
    from {{ this }} as known
    inner join touched_sessions
        on known.session_id = touched_sessions.session_id
    left join touched_days
        on known.event_date = touched_days.event_date and known.user_key = touched_days.user_key
    where
        touched_sessions.may_go_on
        and known.event_date >= (
            select {{ date_or_never('min(session_date)') }} from touched_sessions where may_go_on
        )
        and touched_days.user_key is null
),

pool as (
    select * from new_events
    union all
    select * from events_nearby
    where old_session_id in (select session_id from touched_sessions)
    union all
    select * from events_further_off
),

sessionized as (
    {{ sessionize('pool') }}
),

-- all sessions of the users concerned, to count them anew: a session in between moves later numbers
user_sessions as (
    select user_key, session_id, session_started_at, cast(null as bigint) as old_session_number
    from sessionized
    where event_number = 1
    union all
    select known.user_key, known.session_id, known.event_time, known.session_number
    from {{ this }} as known
    left join touched_sessions
        on known.session_id = touched_sessions.session_id
    where
        known.event_number = 1
        and known.user_key in ({{ few('user_key', 'new_days') }})
        and touched_sessions.session_id is null
),

numbered as (
    select
        *,
        row_number() over (
            partition by user_key
            order by session_started_at, session_id
        ) as session_number
    from user_sessions
),

renumbered as (
    select *
    from numbered
    where old_session_number <> session_number
),

labelled as (
    select
        sessionized.event_id,
        sessionized.session_id,
        numbered.session_number,
        sessionized.event_number,
        sessionized.user_key,
        sessionized.event_time,
        sessionized.event_date,
        sessionized.session_started_at,
        sessionized.load_id
    from sessionized
    inner join numbered
        on sessionized.session_id = numbered.session_id
    where
        sessionized.old_session_id is null
        or sessionized.old_session_id <> sessionized.session_id
        or sessionized.old_event_number <> sessionized.event_number
        or sessionized.old_session_number <> numbered.session_number
    union all
    select
        known.event_id,
        known.session_id,
        renumbered.session_number,
        known.event_number,
        known.user_key,
        known.event_time,
        known.event_date,
        renumbered.session_started_at,
        known.load_id
    from {{ this }} as known
    inner join renumbered
        on known.session_id = renumbered.session_id
    where
        known.session_id in ({{ few('session_id', 'renumbered') }})
        and known.event_date >= (
            select {{ date_or_never('cast(min(session_started_at) as date)') }} from renumbered
        )
)
{%- endif %}

select
    event_id,
    session_id,
    session_number,
    event_number,
    user_key,
    event_time,
    event_date,
    cast(session_started_at as date) as session_date,
    load_id
from labelled
order by event_date
