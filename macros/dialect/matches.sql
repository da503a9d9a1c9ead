{#- True where a text matches a regular expression (anywhere in it: anchor with ^ and $).

    text: an SQL expression. pattern: the expression, without quotes or backslashes. -#}
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'durable_events')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
regexp_like({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}
