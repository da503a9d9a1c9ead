-- one row per user and date with an event
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['event_date', 'user_key'],
    event_time='event_date',
) }}

with new_days as (
    select
        user_key,
        event_date,
        min(admitted_load_id) as first_load_id
    from {{ ref('events') }}
    where user_key is not null and {{ user_window(ref('events')) }}
    group by user_key, event_date
),

known_days as (
    {% if is_incremental() and not is_repair() -%}
    select user_key, event_date, first_load_id, returning_load_id
    from {{ this }}
    where user_key in ({{ few('user_key', 'new_days') }})
    {%- else -%}
    select
        user_key,
        event_date,
        first_load_id,
        cast(null as bigint) as returning_load_id
    from new_days
    where false
    {%- endif %}
),

all_days as (
    select user_key, event_date, first_load_id, returning_load_id, true as is_known
    from known_days
    union all
    select
        new_days.user_key,
        new_days.event_date,
        new_days.first_load_id,
        cast(null as bigint) as returning_load_id,
        false as is_known
    from new_days
    left join known_days
        on new_days.user_key = known_days.user_key and new_days.event_date = known_days.event_date
    where known_days.user_key is null
),

compared as (
    select
        user_key,
        event_date,
        first_load_id,
        returning_load_id as known_returning_load_id,
        is_known,
        min(first_load_id) over (
            partition by user_key
            order by event_date
            rows between unbounded preceding and 1 preceding
        ) as returning_load_id
    from all_days
)

select
    user_key,
    event_date,
    returning_load_id is null as is_new,
    first_load_id,
    returning_load_id,
    greatest(first_load_id, coalesce(returning_load_id, first_load_id)) as load_id
from compared
where not is_known or returning_load_id is distinct from known_returning_load_id
order by event_date, user_key
