{#- What an event's JSON holds at the keys of the top level where envelope fields may stand. -#}
{% macro envelope_members(payload, fields=none) -%}
{{ durable_events.json_members(payload, durable_events.envelope_keys(fields)) }}
{%- endmacro %}
