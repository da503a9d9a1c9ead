{#- What entities were, and from when to when: a row per state, made of a row per change. -#}
{% macro entity_history(changes, key, is_sparse=false) -%}
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
with changes as (
    select
        *
        {%- if not declared.has_deletions %},
        false as is_deleted
        {%- endif %}
    from {{ changes }}
    where {{ durable_events.entity_window(key, changes) }}
),

states as (
    {{ durable_events.state_history('changes', key, declared.attributes, is_sparse) | indent }}
)

select {{ declared.all | join(', ') }}
from states
where {{ durable_events.entity_repair(key, 'states') }}
order by event_date, {{ key }}, valid_from
{%- endmacro %}
