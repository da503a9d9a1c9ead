{#- Keeps a CTE that is read several times from being copied to memory first. -#}
{% macro inlined() -%}
    {{ return(adapter.dispatch('inlined', 'durable_events')()) }}
{%- endmacro %}

{% macro default__inlined() -%}
{%- endmacro %}

{% macro duckdb__inlined() -%}
not materialized
{%- endmacro %}
