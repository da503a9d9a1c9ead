{#- One row for each key, or the others. Rows are numbered, not joined: a join would lose those with
    a null. -#}
{% macro deduplicate(relation, key, order_by, keep='first') -%}
select *
from (
    select
        *,
        row_number() over (partition by {{ key }} order by {{ order_by }}) as position_in_key
    from {{ relation }}
) as numbered
where position_in_key {{ {'first': '=', 'repeats': '>'}[keep] }} 1
{%- endmacro %}
