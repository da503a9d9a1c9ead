{#- A number that tells apart rows that differ in any of some columns. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'durable_events')(columns)) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
xxhash64({{ columns | join(', ') }})
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
hash({{ columns | join(', ') }})
{%- endmacro %}
