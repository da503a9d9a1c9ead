{#- A JSON object with members put where they belong: `moves` is a path, or an SQL expression of what
    to put there, by key. -#}
{% macro json_moved(json, moves) -%}
    {{ return(adapter.dispatch('json_moved', 'durable_events')(json, moves)) }}
{%- endmacro %}

{% macro default__json_moved(json, moves) -%}
    {{ exceptions.raise_compiler_error("json_moved is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__json_moved(json, moves) -%}
{%- set members = [] -%}
{%- for key, source in moves.items() -%}
    {#- merging a null takes the member away -#}
    {%- set old = source[2:] -%}
    {%- if source.startswith('$.') and '.' not in old and old not in moves -%}
        {%- do members.append(dbt.string_literal(dbt.escape_single_quotes(old)) ~ ', null') -%}
    {%- endif -%}
    {%- set value = 'json_extract(' ~ json ~ ', '
        ~ dbt.string_literal(dbt.escape_single_quotes(source)) ~ ')' -%}
    {%- do members.append(
        dbt.string_literal(dbt.escape_single_quotes(key)) ~ ', '
        ~ (value if source.startswith('$.') else source)
    ) -%}
{%- endfor -%}
cast(json_merge_patch(
                {{ json }},
                json_object({{ members | join(', ') }})
            ) as varchar)
{%- endmacro %}
