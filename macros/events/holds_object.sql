{#- True where a text, whatever it may be, is a JSON object. -#}
{% macro holds_object(text) -%}
{{ is_json_object(text) }} and {{ is_json(text) | indent(12) }}
{%- endmacro %}
