{#- The window function that carries the last value that is not null forward. -#}
{% macro last_value_ignore_nulls(expression) -%}
    {{ return(adapter.dispatch('last_value_ignore_nulls', 'durable_events')(expression)) }}
{%- endmacro %}

{% macro default__last_value_ignore_nulls(expression) -%}
last_value({{ expression }}) ignore nulls
{%- endmacro %}

{% macro duckdb__last_value_ignore_nulls(expression) -%}
last_value({{ expression }} ignore nulls)
{%- endmacro %}
