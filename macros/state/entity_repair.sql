{#- The condition for the states that a run writes of those that it computed: in a repair those of the
    entities with one on the dates asked for or with news, whole; else all. -#}
{% macro entity_repair(key, states) -%}
{%- if durable_events.is_repair() -%}
{{ key }} in (
    select touched.{{ key }}
    from {{ states }} as touched
    where {{ durable_events.load_window('touched.event_date', 'touched.load_id') }}
)
{%- else -%}
true
{%- endif -%}
{%- endmacro %}
