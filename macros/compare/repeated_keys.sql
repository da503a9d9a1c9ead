{#- The keys that more than one row of a relation has. -#}
{% macro repeated_keys(relation, key) -%}
{%- set columns = [] -%}
{%- for column in ([key] if key is string else key) -%}
    {%- do columns.append(adapter.quote(column)) -%}
{%- endfor -%}
select {{ columns | join(', ') }}
from {{ relation }}
where
    -- a number first, and the key only where the number is there twice: a key of text takes longer
    {{ durable_events.row_hash(columns) }} in (
        select {{ durable_events.row_hash(columns) }} as key_hash
        from {{ relation }}
        group by key_hash
        having count(*) > 1
    )
group by {{ columns | join(', ') }}
having count(*) > 1
{%- endmacro %}
