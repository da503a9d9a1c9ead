{#- The relation of the lines of the landing folder that bronze has not read: as the reader within dbt
    streams them or, where the setting landed_lines names a folder, as `durable-events land-lines`
    wrote them there. -#}
{% macro landing_lines(raw_events) -%}
    {{ return(adapter.dispatch('landing_lines', 'durable_events')(raw_events)) }}
{%- endmacro %}

{% macro default__landing_lines(raw_events) -%}
    {{ exceptions.raise_compiler_error(
        "No way to read a landing folder on " ~ target.type ~ " yet."
    ) }}
{%- endmacro %}

{#- A file of lines follows the load that it was read after. Once they are in bronze, or if another
    run was faster, it gives none: no line lands twice. -#}
{% macro duckdb__landing_lines(raw_events) -%}
{%- set folder = durable_events.setting('landed_lines') -%}
{%- if folder is none -%}
landing_lines
{%- else -%}
(
        select * exclude (after_load_id)
        from read_parquet({{ dbt.string_literal(dbt.escape_single_quotes(folder ~ '/lines.parquet')) }})
        where
            after_load_id = {{
                '(select coalesce(max(load_id), 0) from ' ~ raw_events ~ ')'
                if load_relation(raw_events) else 0
            }}
    ) as landing_lines
{%- endif -%}
{%- endmacro %}
