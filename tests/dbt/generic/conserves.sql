{#- Fails where two relations do not count the same: rows lost, or made twice. -#}
{% test conserves(
    model, compare_to, group_by,
    measure='count(*)', compare_measure='count(*)', where='true', compare_where='true'
) %}
{%- set groups = group_by | join(', ') -%}
with counted as (
    select {{ groups }}, {{ measure }} as here, 0 as there
    from {{ model }}
    where {{ where }}
    group by {{ groups }}
    union all
    select {{ groups }}, 0 as here, {{ compare_measure }} as there
    from {{ compare_to }}
    where {{ compare_where }}
    group by {{ groups }}
)

select {{ groups }}, sum(here) as here, sum(there) as there
from counted
group by {{ groups }}
having sum(here) <> sum(there)
{% endtest %}
