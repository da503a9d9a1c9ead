{#- The relation that lists the files of the landing folder, and how each relates to bronze: see
    landing_lines. -#}
{% macro landing_files() -%}
    {{ return(adapter.dispatch('landing_files', 'durable_events')()) }}
{%- endmacro %}

{% macro default__landing_files() -%}
    {{ exceptions.raise_compiler_error(
        "No way to list a landing folder on " ~ target.type ~ " yet."
    ) }}
{%- endmacro %}

{% macro duckdb__landing_files() -%}
{%- set folder = durable_events.setting('landed_lines') -%}
{%- if folder is none -%}
landing_files
{%- else -%}
read_parquet({{ dbt.string_literal(dbt.escape_single_quotes(folder ~ '/files.parquet')) }})
{%- endif -%}
{%- endmacro %}
