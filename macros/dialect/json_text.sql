{#- What a JSON text holds at a path. -#}
{% macro json_text(json, path) -%}
    {{ return(adapter.dispatch('json_text', 'durable_events')(json, path)) }}
{%- endmacro %}

{% macro default__json_text(json, path) -%}
    {{ exceptions.raise_compiler_error("json_text is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__json_text(json, path) -%}
json_extract_string({{ json }}, '{{ path | replace("'", "''") }}')
{%- endmacro %}
