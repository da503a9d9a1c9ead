-- one row per user
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key='user_key',
    event_time='first_seen_date',
) }}

{% if is_incremental() and not is_repair() -%}
with touched as (
    select user_key
    from {{ ref('sessions') }}
    where {{ is_new_load() }}
),

user_sessions as (
    select *
    from {{ ref('sessions') }}
    where user_key in ({{ few('user_key', 'touched') }})
),
{%- else -%}
with user_sessions as (
    select *
    from {{ ref('sessions') }}
),
{%- endif %}

seen as (
    select
        user_key,
        min(started_at) as first_seen_at,
        max(ended_at) as last_seen_at,
        cast(min(started_at) as date) as first_seen_date,
        cast(sum(event_count) as bigint) as event_count,
        count(*) as session_count,
        max(load_id) as load_id
    from user_sessions
    group by user_key
)

select *
from seen
{% if is_repair() -%}
where {{ load_window('first_seen_date') }}
{% endif -%}
order by first_seen_date, user_key
