{#- The keys of the top level at which envelope fields may stand. Of keys that differ in case only
    the first, since the fields of an SQL struct would not tell them apart. -#}
{% macro envelope_keys(fields=none) -%}
{%- set keys = {} -%}
{%- for field in fields or durable_events.setting('envelope') -%}
    {%- for key in durable_events.setting('envelope')[field] if not key.startswith('$') -%}
        {%- do keys.setdefault(key | lower, key) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(keys.values() | list) }}
{%- endmacro %}
