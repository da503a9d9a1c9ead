{#- The package whose microbatch strategy dbt uses here. -#}
{% macro microbatch_package() -%}
    {{ return(adapter.dispatch('get_incremental_microbatch_sql', 'dbt').macro.package_name) }}
{%- endmacro %}
