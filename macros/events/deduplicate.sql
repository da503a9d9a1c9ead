{#- A query that keeps one row for each key: the first in a given order. NULL is a key like any other,
    and a row with nulls in other columns is kept whole.

    relation: a relation or the name of a CTE.
    key:      column(s) that tell what is the same, an SQL list.
    order_by: columns that tell which comes first, an SQL list. Must be a total order within a key,
              else the row kept is left to chance.
    keep:     'first', or 'repeats' for the rows that would be dropped. -#}
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
