{#- True where a text is one JSON object. RFC 8259 but for NaN and Infinity, which many writers send.

    text: an SQL expression that is valid JSON (see is_json). -#}
{% macro is_json_object(text) -%}
    {{ return(adapter.dispatch('is_json_object', 'durable_events')(text)) }}
{%- endmacro %}

{% macro default__is_json_object(text) -%}
    {{ exceptions.raise_compiler_error("is_json_object is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__is_json_object(text) -%}
starts_with(ltrim({{ text }}, e' \t\r\n'), '{')
{%- endmacro %}
