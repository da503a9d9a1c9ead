{#- Overrides dbt's: schemas are named plainly (bronze, silver, gold). A target whose `schema` is not
    its engine's default puts that in front, so that several warehouses can share a catalog. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- elif target.schema in ('main', 'default') -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
