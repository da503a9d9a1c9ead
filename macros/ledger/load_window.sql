{#- The condition for the rows that a run takes into a silver table: those of new loads and, in a
    repair, those of its dates. -#}
{% macro load_window(date_column, load_id='load_id') -%}
{%- if durable_events.is_repair() -%}
({{ durable_events.is_new_load(load_id) }} or {{ durable_events.event_window(date_column) }})
{%- else -%}
{{ durable_events.is_new_load(load_id) }}
{%- endif -%}
{%- endmacro %}
