{#- True where a text is valid JSON. -#}
{% macro is_json(text) -%}
    {{ return(adapter.dispatch('is_json', 'durable_events')(text)) }}
{%- endmacro %}

{% macro default__is_json(text) -%}
    {{ exceptions.raise_compiler_error("is_json is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{#- DuckDB's parser lets a comma before a closing bracket pass. Where the text has one, look again
    with the strings taken out: a case, not an `and`, since that costs more than the parsing. -#}
{% macro duckdb__is_json(text) -%}
{%- set trailing_comma = "',\\s*[\\]}]'" -%}
case
    when not json_valid({{ text }}) then false
    when not regexp_matches({{ text }}, {{ trailing_comma }}) then true
    else not regexp_matches(
        regexp_replace({{ text }}, '"([^"\\]|\\.)*"', '""', 'g'), {{ trailing_comma }}
    )
end
{%- endmacro %}
