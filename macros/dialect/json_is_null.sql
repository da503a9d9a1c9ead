{#- True where JSON holds a null at a path: it was sent, and says that there is nothing. -#}
{% macro json_is_null(json, path) -%}
    {{ return(adapter.dispatch('json_is_null', 'durable_events')(json, path)) }}
{%- endmacro %}

{% macro default__json_is_null(json, path) -%}
    {{ exceptions.raise_compiler_error("json_is_null is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__json_is_null(json, path) -%}
coalesce(json_type({{ json }}, '{{ path | replace("'", "''") }}') = 'NULL', false)
{%- endmacro %}
