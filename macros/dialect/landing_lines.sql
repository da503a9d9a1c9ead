{#- The relation that streams the lines of the landing folder that bronze has not read. -#}
{% macro landing_lines() -%}
    {{ return(adapter.dispatch('landing_lines', 'durable_events')()) }}
{%- endmacro %}

{% macro default__landing_lines() -%}
    {{ exceptions.raise_compiler_error(
        "No way to read a landing folder on " ~ target.type ~ " yet."
    ) }}
{%- endmacro %}

{% macro duckdb__landing_lines() -%}landing_lines{%- endmacro %}
