{#- The item of an array at a position. -#}
{% macro array_item(array, position) -%}
    {{ return(adapter.dispatch('array_item', 'durable_events')(array, position)) }}
{%- endmacro %}

{% macro default__array_item(array, position) -%}
    {{ exceptions.raise_compiler_error("array_item is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__array_item(array, position) -%}
{{ array }}[{{ position }}]
{%- endmacro %}
