-- one row per customer and state of the customer's address and plan
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    meta={'replaces': 'known.user_key = new.user_key', 'by_name': 'user_key'},
) }}
-- depends_on: {{ ref('events') }}

with changes as (
    select
        *,
        false as is_deleted
    from {{ ref('customer_profile_changes') }}
    where {{ entity_window('user_key', ref('customer_profile_changes')) }}
),

states as (
    {{ state_history(
        'changes', 'user_key', ['city', 'postal_code', 'address_line_2', 'plan'], is_sparse=true
    ) }}
)

select
    user_key,
    state_number,
    city,
    postal_code,
    address_line_2,
    plan,
    valid_from,
    valid_to,
    event_id,
    event_date,
    load_id
from states
where {{ entity_repair('user_key', 'states') }}
order by event_date, user_key, valid_from
