{#- Prints the first rows of each data test that did not pass: which table, which date, which file. -#}
{% macro show_failures(results) -%}
{%- for result in results if result.node.resource_type == 'test' and result.failures -%}
    {%- set node = graph.nodes.get(result.node.attached_node) or result.node -%}
    {%- set rows = run_query(
        'select * from (\n' ~ result.node.compiled_code ~ '\n) as failing limit 5'
    ) -%}
    {%- for row in rows -%}
        {%- set cells = [] -%}
        {%- for column in rows.column_names if row[column] is not none -%}
            {#- data is printed as data: in one line, without control characters -#}
            {%- set text = (row[column] | string)[:300] -%}
            {%- set is_plain = modules.re.fullmatch('[ -~]*', text) -%}
            {%- do cells.append(column ~ ': ' ~ (text if is_plain else tojson(text))) -%}
        {%- endfor -%}
        {%- do log(result.status ~ ' in ' ~ node.name ~ ': ' ~ cells | join(', '), info=true) -%}
    {%- endfor -%}
    {%- set more = result.failures - rows | length -%}
    {%- if more > 0 -%}
        {%- do log(
            result.status ~ ' in ' ~ node.name ~ ': ' ~ more ~ ' more. All of them: '
            ~ 'dbt show --limit -1 --select ' ~ result.node.name,
            info=true
        ) -%}
    {%- endif -%}
{%- endfor -%}
{%- endmacro %}
