{#- Ends the query with a message, where it is reached. -#}
{% macro refusal(message) -%}
    {{ return(adapter.dispatch('refusal', 'durable_events')(message)) }}
{%- endmacro %}

{% macro duckdb__refusal(message) -%}
error({{ message }})
{%- endmacro %}
