{#- What the rows of a table elsewhere were, and from when to when, by change data capture: a row per
    state. -#}
{% macro row_history(changes, key) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    contract={'enforced': true},
    on_schema_change='fail',
    meta={'replaces': 'known.' ~ key ~ ' = new.' ~ key, 'by_name': key},
) }}
{#- an event that has another name by now may have been a change -#}
{%- do ref('durable_events', 'events') -%}
{%- set declared = durable_events.history_columns(key) -%}
{%- set row = durable_events.declare(
    columns=[key, 'event_id', 'event_time', 'event_date', 'is_deleted', 'load_id'], properties={}
) -%}
{%- do row.columns.extend(declared.attribute_columns) -%}
with identified as (
    select
        *,
        coalesce(id_after, id_before) as {{ key }},
        cast(after_row as varchar) as properties,
        op = 'd' as is_deleted
    from {{ changes }}
    -- what does not say which row, or what became of it, is no change
    where
        coalesce(id_after, id_before) is not null
        and (op = 'd' or (op in ('c', 'u', 'r') and after_row is not null))
),

concerned as (
    select *
    from identified
    where {{ durable_events.entity_window(key, 'identified') }}
),

changes as (
    {{ durable_events.typed_columns('concerned', row) }}
),

states as (
    {{ durable_events.state_history('changes', key, declared.attributes) | indent }}
)

select {{ declared.all | join(', ') }}
from states
where {{ durable_events.entity_repair(key, 'states') }}
order by event_date, {{ key }}, valid_from
{%- endmacro %}
