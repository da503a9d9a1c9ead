{#- What an event's JSON holds at the keys of the top level where envelope fields may stand. -#}
{% macro envelope_members(payload, fields=none) -%}
{{ json_members(payload, envelope_keys(fields)) }}
{%- endmacro %}
