{#- True where a JSON text is one object. -#}
{% macro is_json_object(text) -%}
    {{ return(adapter.dispatch('is_json_object', 'durable_events')(text)) }}
{%- endmacro %}

{% macro default__is_json_object(text) -%}
    {{ exceptions.raise_compiler_error(
        "is_json_object is not written for " ~ target.type ~ " yet."
    ) }}
{%- endmacro %}

{#- Most begin with the bracket, and to trim a text costs more than to look. -#}
{% macro duckdb__is_json_object(text) -%}
case
    when {{ text }} >= '{' and {{ text }} < '|' then true
    else starts_with(ltrim({{ text }}, e' \t\r\n'), '{')
end
{%- endmacro %}
