{#- What an event's JSON holds at each place where envelope fields may stand. -#}
{% macro envelope_texts(payload, fields=none) -%}
{%- set paths = [] -%}
{%- for field in fields or var('envelope') -%}
    {%- for key in var('envelope')[field] -%}
        {%- do paths.append(key if key.startswith('$') else '$."' ~ key ~ '"') -%}
    {%- endfor -%}
{%- endfor -%}
{{ json_texts(payload, paths) }}
{%- endmacro %}
