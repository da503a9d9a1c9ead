{#- What a JSON object holds at some keys, all read in one pass: a struct of texts. -#}
{% macro json_members(json, keys) -%}
    {{ return(adapter.dispatch('json_members', 'durable_events')(json, keys)) }}
{%- endmacro %}

{% macro default__json_members(json, keys) -%}
    {{ exceptions.raise_compiler_error("json_members is not written for " ~ target.type) }}
{%- endmacro %}

{#- Half the cost of a list of paths. -#}
{% macro duckdb__json_members(json, keys) -%}
{%- set types = {} -%}
{#- a struct has a field at least, also where all fields are looked for by path -#}
{%- for key in keys or [''] -%}
    {%- do types.update({key: 'VARCHAR'}) -%}
{%- endfor -%}
from_json({{ json }}, '{{ tojson(types) | replace("'", "''") }}')
{%- endmacro %}
