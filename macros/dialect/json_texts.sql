{#- An array of texts, one for each JSON path, read in one pass: strings without quotes, numbers with
    every digit of an integer, objects and arrays as JSON, null where there is nothing.

    json: an SQL expression of valid JSON text. paths: a list of JSON paths ($.a, $."a b", $.a.b). -#}
{% macro json_texts(json, paths) -%}
    {{ return(adapter.dispatch('json_texts', 'durable_events')(json, paths)) }}
{%- endmacro %}

{% macro default__json_texts(json, paths) -%}
    {{ exceptions.raise_compiler_error("json_texts is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__json_texts(json, paths) -%}
json_extract_string(
    {{ json }},
    [
        {%- for path in paths %}
        '{{ path | replace("'", "''") }}'{{ ',' if not loop.last }}
        {%- endfor %}
    ]
)
{%- endmacro %}
