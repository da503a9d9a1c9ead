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
    {%- set problems = problems | select | list -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            "durable_events is not fully installed in " ~ project_name ~ ":\n  * "
            ~ problems | join("\n  * ")
        ) }}
    {%- endif -%}
{%- endif -%}
{%- endmacro %}
