{#- The MD5 of what a JSON object holds, but for some members of its top level. -#}
{% macro json_digest(json, without) -%}
    {{ return(adapter.dispatch('json_digest', 'durable_events')(json, without)) }}
{%- endmacro %}

{% macro default__json_digest(json, without) -%}
    {{ exceptions.raise_compiler_error("json_digest is not written for " ~ target.type) }}
{%- endmacro %}

{#- DuckDB reads 0.10 as 0.1, and a long number as one near by. So numbers become texts first, which
    begin with a character that no sender uses: a number is not the text that looks like it. -#}
{% macro duckdb__json_digest(json, without) -%}
{%- set absent = {} -%}
{%- for key in without -%}
    {%- do absent.update({key: none}) -%}
{%- endfor -%}
{%- set marked -%}
regexp_replace({{ json }}, '("(?:[^"\\]|\\.)*")|(-?[0-9][-+.eE0-9]*)', '\1' || chr(1) || '\2' || chr(2), 'g')
{%- endset -%}
{%- set exact -%}
replace(replace(replace({{ marked }}, chr(1) || chr(2), ''), chr(1), '"\u0001'), chr(2), '"')
{%- endset -%}
(
        select
            md5(array_to_string(list_sort(list(
                fullkey || chr(10)
                || case
                    when type in ('OBJECT', 'ARRAY') then type
                    else cast(value as varchar)
                end
            )), chr(10)))
        from json_tree(json_merge_patch(
            {{ exact }},
            {{ dbt.string_literal(dbt.escape_single_quotes(tojson(absent))) }}
        ))
    )
{%- endmacro %}
