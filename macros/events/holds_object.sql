{#- True where a text, whatever it may be, is a JSON object. -#}
{% macro holds_object(text) -%}
{{ durable_events.is_json_object(text) }} and {{ durable_events.is_json(text) | indent(12) }}
{%- endmacro %}
