{#- True where JSON holds an object or a list at a path. -#}
{% macro json_is_nested(json, path) -%}
    {{ return(adapter.dispatch('json_is_nested', 'durable_events')(json, path)) }}
{%- endmacro %}

{% macro default__json_is_nested(json, path) -%}
    {{ exceptions.raise_compiler_error(
        "json_is_nested is not written for " ~ target.type ~ " yet."
    ) }}
{%- endmacro %}

{% macro duckdb__json_is_nested(json, path) -%}
(json_type({{ json }}, '{{ path | replace("'", "''") }}') in ('OBJECT', 'ARRAY'))
{%- endmacro %}
