{#- The changes of entities that events of some names tell: a row per event, with its columns as the
    model's YAML declares them. -#}
{% macro entity_changes(events, key, deleted_by=[]) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    contract={'enforced': true},
    on_schema_change='fail',
    meta={'by_name': 'event_id'},
) }}
{%- set columns = durable_events.declaration(model).columns -%}
{%- set paths, read = {}, [{'name': 'properties'}] -%}
{%- for column in columns if durable_events.path_of(column) -%}
    {%- do paths.update({column.name: durable_events.path_of(column)}) -%}
{%- endfor -%}
{#- what is neither read from the JSON nor there: is_deleted, and has_<column> -#}
{%- set made = ['is_deleted'] -%}
{%- for name in paths -%}
    {%- do made.append('has_' ~ name) -%}
{%- endfor -%}
{%- for column in columns if column.name not in made -%}
    {%- do read.append(column) -%}
{%- endfor -%}
with sent as (
    select *
    from {{ ref('durable_events', 'events') }}
    where
        event_name in ({{ durable_events.quoted(events + deleted_by) }})
        and {{ durable_events.load_window('event_date') }}
),

changed as (
    {{ durable_events.typed_columns('sent', {'columns': read}) }}
)

select
    {%- for name in columns | map(attribute='name') %}
    {%- if name == 'is_deleted' %}
    event_name in ({{ durable_events.quoted(deleted_by) or 'null' }}) as is_deleted
    {%- elif name in made %}
    {%- set of = name[4:] %}
    -- a null that was sent empties it; a value that can't be read changes nothing
    {{ of }} is not null or (
        {{ durable_events.holds_object('properties') }}
        and {{ durable_events.json_is_null('properties', paths[of]) }}
    ) as {{ name }}
    {%- else %}
    {{ name }}
    {%- endif %}{{ ',' if not loop.last }}
    {%- else %}
    *
    {%- endfor %}
from changed
-- of what the event does not name, nothing changed
where {{ key }} is not null
order by event_date, {{ key }}, event_time, event_id
{%- endmacro %}
