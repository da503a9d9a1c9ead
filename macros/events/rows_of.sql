{#- A query for rows that are known in Jinja: values as text, a list as its items with spaces. -#}
{% macro rows_of(rows, columns) -%}
{%- for row in rows %}
select
    {%- for column in columns %}
    {%- set value = row[column] %}
    {%- if value is none %}
    cast(null as varchar)
    {%- else %}
    {%- set text = (value if value is string or value is not iterable else value | join(' ')) | string %}
    {{ dbt.string_literal(dbt.escape_single_quotes(text)) }}
    {%- endif %} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
union all
{%- endfor %}
select
    {%- for column in columns %}
    cast(null as varchar) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
where false
{%- endmacro %}
