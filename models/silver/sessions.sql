-- one row per session
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='session_date',
    meta={
        'replaces': 'known.user_key = new.user_key '
        'and known.started_at between new.started_at and new.ended_at'
    },
) }}

{% if is_incremental() -%}
with new_rows as (
    select user_key, session_id, session_date
    from {{ ref('event_sessions') }}
    where {{ load_window('session_date') }}
),

-- sessions with new events, and those that now have another number
stale as (
    select session_id, session_date
    from new_rows
    union
    select current.session_id, current.session_date
    from {{ ref('event_sessions') }} as current
    inner join {{ this }} as known
        on current.session_id = known.session_id
    where
        current.event_number = 1
        and current.user_key in ({{ few('user_key', 'new_rows') }})
        and current.session_number <> known.session_number
),

session_events as (
    select *
    from {{ ref('event_sessions') }}
    where
        session_id in ({{ few('session_id', 'stale') }})
        and event_date >= (select {{ date_or_never('min(session_date)') }} from stale)
)
{%- else -%}
with session_events as (
    select *
    from {{ ref('event_sessions') }}
)
{%- endif %}

select
    session_id,
    user_key,
    session_number,
    session_date,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    {{ seconds_between('min(event_time)', 'max(event_time)') }} as duration_seconds,
    count(*) as event_count,
    max(load_id) as load_id
from session_events
group by session_id, user_key, session_number, session_date
order by session_date, user_key, started_at
