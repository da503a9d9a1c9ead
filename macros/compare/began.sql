{#- The first date on which both sides of a compared table have had rows; null if one never had. -#}
{% macro began(compared) -%}
(
    select case when count(first_date) = 2 then max(first_date) end
    from (
        select min(event_date) as first_date from {{ compared }} where old_row_count > 0
        union all
        select min(event_date) as first_date from {{ compared }} where new_row_count > 0
    ) as first_dates
)
{%- endmacro %}
