{#- True where a text matches a regular expression. -#}
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'durable_events')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
regexp_like({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}
