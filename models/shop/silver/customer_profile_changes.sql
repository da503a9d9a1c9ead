-- one row per change of a customer's address or plan
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    meta={'by_name': 'event_id'},
) }}
{%- set properties = {
    'city': 'city',
    'postal_code': 'postal_code',
    'address_line_2': 'address_line_2',
    'plan': 'to_plan',
} %}

with sent as (
    select *
    from {{ ref('events') }}
    where
        event_name in ('customer_address_changed', 'plan_changed')
        and user_key is not null
        and {{ load_window('event_date') }}
),

changed as (
    {{ typed_columns('sent', declare(
        columns=[
            'event_id', 'event_name', 'event_time', 'event_date', 'user_key', 'properties', 'load_id'
        ],
        properties={
            'city': 'varchar', 'postal_code': 'varchar', 'address_line_2': 'varchar',
            'to_plan': 'varchar',
        },
    )) }}
)

select
    event_id,
    event_name,
    event_time,
    event_date,
    user_key,
    {%- for name, property in properties.items() %}
    {{ property }} as {{ name }},
    -- a null that was sent empties it; a value that can't be read changes nothing
    {{ property }} is not null or (
        {{ holds_object('properties') }} and {{ json_is_null('properties', '$.' ~ property) }}
    ) as has_{{ name }},
    {%- endfor %}
    load_id
from changed
order by event_date, user_key, event_time, event_id
