{#- Refuses a run in a project that lacks what can't come with a package, and says what to write where.
    Without it late events would be lost, or times move by hours, and all tests be green. -#}
{% macro check_installation() -%}
{%- if execute and flags.WHICH in ('build', 'run', 'test', 'retry', 'snapshot') -%}
    {%- set problems = [] -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.unique_id == 'model.durable_events.raw_events' -%}
            {%- do problems.extend(durable_events.session_problems()) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set users_of = {'daily_table': [], 'get_incremental_by_load_sql': []} -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- if node.config.incremental_strategy == 'by_load' and node.package_name != 'durable_events' -%}
            {%- do users_of.get_incremental_by_load_sql.append(node.name) -%}
        {%- elif node.config.incremental_strategy == 'microbatch'
            and (node.config.meta or {}).get('ledger') -%}
            {%- do users_of.daily_table.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set strategy = adapter.dispatch('get_incremental_microbatch_sql', 'dbt') -%}
    {%- if users_of.daily_table and strategy.macro.package_name != 'durable_events' -%}
        {%- do problems.append(
            "dbt_project.yml does not look for dbt's macros here first, so daily tables ("
            ~ users_of.daily_table[0] ~ ", ...) would lose late events. Add:\n"
            ~ "      dispatch:\n"
            ~ "        - macro_namespace: dbt\n"
            ~ "          search_order: [" ~ project_name ~ ", durable_events, dbt]"
        ) -%}
    {%- endif -%}
    {#- here, in a hook of this package, its own would be found by the plain name -#}
    {%- set theirs = context.get(project_name) or {} -%}
    {%- set is_there = theirs.get('get_incremental_by_load_sql') is not none -%}
    {%- if users_of.get_incremental_by_load_sql and not is_there -%}
        {%- do problems.append(
            "This project has no strategy by_load (for " ~ users_of.get_incremental_by_load_sql[0]
            ~ ", ...): dbt looks for it in the project itself. Write "
            ~ "macros/get_incremental_by_load_sql.sql:\n"
            ~ "      {% macro get_incremental_by_load_sql(arg_dict) %}\n"
            ~ "      {{ return(durable_events.get_incremental_by_load_sql(arg_dict)) }}\n"
            ~ "      {% endmacro %}"
        ) -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            "durable_events is not fully installed in " ~ project_name ~ ":\n  * "
            ~ problems | join("\n  * ")
        ) }}
    {%- endif -%}
{%- endif -%}
{%- endmacro %}
