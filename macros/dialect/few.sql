{#- The values of a column of a relation with few rows, to look for among many. -#}
{% macro few(column, relation) -%}
    {{ return(adapter.dispatch('few', 'durable_events')(column, relation)) }}
{%- endmacro %}

{% macro default__few(column, relation) -%}
select {{ column }} from {{ relation }}
{%- endmacro %}

{#- What is grouped it takes for few: it then hashes these, and skips blocks of the many by their
    bounds and a Bloom filter. Else it may hash the many, which can be all of history. -#}
{% macro duckdb__few(column, relation) -%}
select {{ column }} from {{ relation }} group by {{ column }}
{%- endmacro %}
