{#- What a JSON text holds at each of some paths, read in one pass. -#}
{% macro json_texts(json, paths) -%}
    {{ return(adapter.dispatch('json_texts', 'durable_events')(json, paths)) }}
{%- endmacro %}

{% macro default__json_texts(json, paths) -%}
    {{ exceptions.raise_compiler_error("json_texts is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__json_texts(json, paths) -%}
json_extract_string(
    {{ json }},
    [
        {%- for path in paths %}
        '{{ path | replace("'", "''") }}'{{ ',' if not loop.last }}
        {%- endfor %}
    ]
)
{%- endmacro %}
