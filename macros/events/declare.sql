{#- A declaration made in SQL: columns that are there, and properties of the same name as a column. -#}
{% macro declare(columns, properties, json='properties') -%}
{%- set declared = [] -%}
{%- for name in columns -%}
    {%- do declared.append({'name': name}) -%}
{%- endfor -%}
{%- for name, data_type in properties.items() -%}
    {%- do declared.append({
        'name': name,
        'data_type': data_type,
        'config': {'meta': {'path': '$.' ~ name, 'from': json}},
    }) -%}
{%- endfor -%}
{{ return({'columns': declared}) }}
{%- endmacro %}
