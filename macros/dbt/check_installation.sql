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
    {%- do problems.append(durable_events.microbatch_problem()) -%}
    {%- set registries = ['seed.durable_events.known_events', 'seed.' ~ project_name ~ '.known_events'] -%}
    {%- if registries | unique | select('in', graph.nodes) | list | length == 2 -%}
        {%- do problems.append(
            "There are two seeds known_events, this project's and the package's example. Add to "
            ~ "dbt_project.yml:\n"
            ~ "      seeds:\n"
            ~ "        durable_events: {+enabled: false}"
        ) -%}
    {%- endif -%}
    {%- set by_load = graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('config.incremental_strategy', 'equalto', 'by_load')
        | rejectattr('package_name', 'equalto', 'durable_events')
        | map(attribute='name') | list -%}
    {#- here, in a hook of this package, its own would be found by the plain name -#}
    {%- set theirs = context.get(project_name) or {} -%}
    {%- if by_load and theirs.get('get_incremental_by_load_sql') is none -%}
        {%- do problems.append(
            "This project has no strategy by_load (for " ~ by_load[0]
            ~ ", ...): dbt looks for it in the project itself. Write "
            ~ "macros/get_incremental_by_load_sql.sql:\n"
            ~ "      {% macro get_incremental_by_load_sql(arg_dict) %}\n"
            ~ "      {{ return(durable_events.get_incremental_by_load_sql(arg_dict)) }}\n"
            ~ "      {% endmacro %}"
        ) -%}
    {%- endif -%}
    {%- set problems = problems | select | list -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            "durable_events is not fully installed in " ~ project_name ~ ":\n  * "
            ~ problems | join("\n  * ")
        ) }}
    {%- endif -%}
{%- endif -%}
{%- endmacro %}
