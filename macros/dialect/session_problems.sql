{#- What a connection lacks that the models of the landing folder need, in words: a list. -#}
{% macro session_problems() -%}
    {{ return(adapter.dispatch('session_problems', 'durable_events')()) }}
{%- endmacro %}

{% macro default__session_problems() -%}
    {{ return([]) }}
{%- endmacro %}

{% macro duckdb__session_problems() -%}
{%- set problems = [] -%}
{%- set landed_lines = durable_events.setting('landed_lines') -%}
{%- set found = run_query("
    select
        current_setting('TimeZone') as time_zone,
        count(*) as reader_count
    from duckdb_functions()
    where function_name = 'open_landing'
").rows[0] -%}
{%- if landed_lines is not none -%}
    {%- set file = landed_lines ~ '/lines.parquet' -%}
    {%- set sql_file = dbt.string_literal(dbt.escape_single_quotes(file)) -%}
    {%- if not run_query('select file from glob(' ~ sql_file ~ ')').rows -%}
        {%- do problems.append(
            "There is no " ~ file ~ ", where the setting landed_lines says that the new lines are. "
            ~ "Run `durable-events land-lines` first."
        ) -%}
    {%- endif -%}
{%- elif not found.reader_count -%}
    {%- do problems.append(
        "The profile has no reader of the landing folder. Add to the output in profiles.yml:\n"
        ~ "      plugins:\n"
        ~ "        - module: durable_events.landing_reader\n"
        ~ "          config: {folder: \"{{ env_var('DURABLE_EVENTS_LANDING', 'landing') }}\"}"
    ) -%}
{%- endif -%}
{%- if found.time_zone not in ('UTC', 'Etc/UTC') -%}
    {%- do problems.append(
        "The session's time zone is " ~ found.time_zone ~ ", so times without an offset would not be "
        ~ "UTC. Add to the output in profiles.yml:\n"
        ~ "      settings: {TimeZone: UTC}"
    ) -%}
{%- endif -%}
{{ return(problems) }}
{%- endmacro %}
