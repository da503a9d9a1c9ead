-- one row per anonymous id and user that it belonged to, one after the other
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    meta={'replaces': 'known.anonymous_id = new.anonymous_id', 'by_name': 'anonymous_id'},
) }}
-- depends_on: {{ ref('events') }}

with changes as (
    select
        *,
        false as is_deleted
    from {{ ref('identifications') }}
    where {{ entity_window('anonymous_id', ref('identifications')) }}
),

states as (
    {{ state_history('changes', 'anonymous_id', ['user_id']) }}
)

select
    anonymous_id,
    state_number,
    user_id,
    valid_from,
    valid_to,
    event_id,
    event_date,
    load_id
from states
where {{ entity_repair('anonymous_id', 'states') }}
order by event_date, anonymous_id, valid_from
