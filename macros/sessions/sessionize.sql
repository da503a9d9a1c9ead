{#- The session of each row of a relation: LAG, a flag, and the cumulative SUM of the flag. -#}
{% macro sessionize(
    relation, user_key='user_key', event_time='event_time', event_id='event_id', gap_minutes=none
) -%}
{%- set minutes = gap_minutes or durable_events.setting('session_gap_minutes') -%}
{%- set gap = "interval '" ~ minutes ~ " minutes'" -%}
{%- set by_user = 'partition by ' ~ user_key ~ ' order by ' ~ event_time ~ ', ' ~ event_id -%}
{%- set so_far = by_user ~ ' rows between unbounded preceding and current row' -%}
{%- set start = 'case when is_session_start = 1 then ' -%}
select
    *,
    cast(sum(is_session_start) over ({{ so_far }}) as bigint) as session_number,
    {{ durable_events.last_value_ignore_nulls(start ~ event_id ~ ' end') }}
        over ({{ so_far }}) as session_id,
    {{ durable_events.last_value_ignore_nulls(start ~ event_time ~ ' end') }}
        over ({{ so_far }}) as session_started_at,
    user_event_number + 1
    - {{ durable_events.last_value_ignore_nulls(start ~ 'user_event_number end') }}
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
