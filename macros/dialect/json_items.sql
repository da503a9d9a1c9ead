{#- A row for each item of a JSON list. -#}
{% macro json_items(json, path, alias) -%}
    {{ return(adapter.dispatch('json_items', 'durable_events')(json, path, alias)) }}
{%- endmacro %}

{% macro default__json_items(json, path, alias) -%}
    {{ exceptions.raise_compiler_error("json_items is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__json_items(json, path, alias) -%}
lateral (
    select
        cast(unnest(list.items) as varchar),
        cast(generate_subscripts(list.items, 1) as bigint)
    from (
        select json_extract({{ json }}, '{{ path | replace("'", "''") }}[*]') as items
    ) as list
) as {{ alias }} (item, item_number)
{%- endmacro %}
