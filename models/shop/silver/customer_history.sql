-- one row per customer and state that the customer's row was in
{%- set ids = json_texts('properties', ['$.after.id', '$.before.id']) %}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    meta={
        'replaces': 'known.customer_id = new.customer_id',
        'by_name': 'customer_id',
        'by_name_of': 'case when ' ~ holds_object('properties') ~ ' then coalesce('
        ~ array_item(ids, 1) ~ ', ' ~ array_item(ids, 2) ~ ') end',
    },
) }}
-- depends_on: {{ ref('events') }}

with identified as (
    select
        *,
        coalesce(id_after, id_before) as customer_id,
        cast(after_row as varchar) as properties,
        op = 'd' as is_deleted
    from {{ ref('customer_row_changed') }}
    -- what does not say which row, or what became of it, is no change
    where
        coalesce(id_after, id_before) is not null
        and (op = 'd' or (op in ('c', 'u', 'r') and after_row is not null))
),

concerned as (
    select *
    from identified
    where {{ entity_window('customer_id', 'identified') }}
),

changes as (
    {{ typed_columns('concerned', declare(
        columns=['customer_id', 'event_id', 'event_time', 'event_date', 'is_deleted', 'load_id'],
        properties={
            'email': 'varchar', 'plan': 'varchar', 'city': 'varchar', 'postal_code': 'varchar',
        },
    )) }}
),

states as (
    {{ state_history('changes', 'customer_id', ['email', 'plan', 'city', 'postal_code']) }}
)

select *
from states
where {{ entity_repair('customer_id', 'states') }}
order by event_date, customer_id, valid_from
