{#- Ends the query with a message, where it is reached. -#}
{% macro refusal(message) -%}
    {{ return(adapter.dispatch('refusal', 'durable_events')(message)) }}
{%- endmacro %}

{% macro default__refusal(message) -%}
    {{ exceptions.raise_compiler_error("refusal is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__refusal(message) -%}
error({{ message }})
{%- endmacro %}
