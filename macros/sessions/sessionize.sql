{#- A query that gives each row of a relation its session. Per user, in order of time (ties by id): LAG
    finds the event before, a flag marks a pause of more than the gap, and the cumulative SUM of the
    flag is the session's number. A pause of exactly the gap does not start a session.

    relation:    a relation or the name of a CTE, one row per event, user and time never null.
    user_key:    column that tells whose session it is.
    event_time:  timestamp column.
    event_id:    unique column: breaks ties in time, and names the session.
    gap_minutes: whole number, by default var session_gap_minutes.

    Adds to the relation's columns: session_number (a user's first is 1), session_id (event_id of the
    session's first event), session_started_at (its time), event_number (a session's first is 1), and
    what leads there: previous_event_time, user_event_number, is_session_start (1 or 0). -#}
{% macro sessionize(
    relation, user_key='user_key', event_time='event_time', event_id='event_id', gap_minutes=none
) -%}
{%- set gap = "interval '" ~ (gap_minutes or var('session_gap_minutes')) ~ " minutes'" -%}
{%- set by_user = 'partition by ' ~ user_key ~ ' order by ' ~ event_time ~ ', ' ~ event_id -%}
{%- set so_far = by_user ~ ' rows between unbounded preceding and current row' -%}
{%- set start = 'case when is_session_start = 1 then ' -%}
select
    *,
    cast(sum(is_session_start) over ({{ so_far }}) as bigint) as session_number,
    {{ last_value_ignore_nulls(start ~ event_id ~ ' end') }} over ({{ so_far }}) as session_id,
    {{ last_value_ignore_nulls(start ~ event_time ~ ' end') }}
        over ({{ so_far }}) as session_started_at,
    user_event_number + 1 - {{ last_value_ignore_nulls(start ~ 'user_event_number end') }}
        over ({{ so_far }}) as event_number
from (
    select
        *,
        case
            when previous_event_time is null then 1
            when {{ event_time }} > previous_event_time + {{ gap }} then 1
            else 0
        end as is_session_start
    from (
        select
            *,
            lag({{ event_time }}) over ({{ by_user }}) as previous_event_time,
            row_number() over ({{ by_user }}) as user_event_number
        from {{ relation }}
    ) as with_previous
) as with_starts
{%- endmacro %}
