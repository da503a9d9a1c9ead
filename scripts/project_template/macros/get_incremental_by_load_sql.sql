{#- dbt looks for an incremental strategy in the project itself. -#}
{% macro get_incremental_by_load_sql(arg_dict) -%}
{{ return(durable_events.get_incremental_by_load_sql(arg_dict)) }}
{%- endmacro %}
