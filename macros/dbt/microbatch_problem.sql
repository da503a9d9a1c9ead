{#- Why daily tables would lose late events in this project, in words; none where they don't. -#}
{% macro microbatch_problem() -%}
{%- if adapter.dispatch('get_incremental_microbatch_sql', 'dbt').macro.package_name != 'durable_events' -%}
    {{ return(
        "dbt_project.yml does not look for dbt's macros in durable_events, so daily tables would lose "
        ~ "late events. Add:\n"
        ~ "      dispatch:\n"
        ~ "        - macro_namespace: dbt\n"
        ~ "          search_order: [" ~ project_name ~ ", durable_events, dbt]"
    ) }}
{%- endif -%}
{{ return(none) }}
{%- endmacro %}
