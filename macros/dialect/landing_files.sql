{#- The relation that lists the files of the landing folder, and how each relates to bronze. -#}
{% macro landing_files() -%}
    {{ return(adapter.dispatch('landing_files', 'durable_events')()) }}
{%- endmacro %}

{% macro default__landing_files() -%}
    {{ exceptions.raise_compiler_error(
        "No way to list a landing folder on " ~ target.type ~ " yet."
    ) }}
{%- endmacro %}

{% macro duckdb__landing_files() -%}landing_files{%- endmacro %}
