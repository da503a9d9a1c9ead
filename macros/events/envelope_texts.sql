{#- An array of texts: what an event's JSON holds at each place where envelope fields may stand (var
    `envelope`), read in one pass. envelope_field takes a field out of it.

    payload: an SQL expression of valid JSON text. fields: the envelope fields wanted, all if not said. -#}
{% macro envelope_texts(payload, fields=none) -%}
{%- set paths = [] -%}
{%- for field in fields or var('envelope') -%}
    {%- for key in var('envelope')[field] -%}
        {%- do paths.append(key if key.startswith('$') else '$."' ~ key ~ '"') -%}
    {%- endfor -%}
{%- endfor -%}
{{ json_texts(payload, paths) }}
{%- endmacro %}
