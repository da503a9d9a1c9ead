{#- Refuses a model of the strategy `by_load` in a project that has none, and says what to write. dbt
    looks for a strategy in the project of the model, which a macro of ours sees when that calls it. -#}
{% macro check_by_load() -%}
{%- if execute
    and config.get('incremental_strategy') == 'by_load'
    and context.get('get_incremental_by_load_sql') is none -%}
    {{ exceptions.raise_compiler_error(
        project_name ~ " has no strategy by_load for " ~ this ~ ": dbt looks for it in the project "
        ~ "itself. Write macros/get_incremental_by_load_sql.sql:\n"
        ~ "  {% macro get_incremental_by_load_sql(arg_dict) %}\n"
        ~ "  {{ return(durable_events.get_incremental_by_load_sql(arg_dict)) }}\n"
        ~ "  {% endmacro %}"
    ) }}
{%- endif -%}
{%- endmacro %}
