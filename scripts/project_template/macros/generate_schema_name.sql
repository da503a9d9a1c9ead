{#- Names schemas plainly: bronze, silver, gold. dbt looks for it in the project itself. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
{{ return(durable_events.generate_schema_name(custom_schema_name, node)) }}
{%- endmacro %}
