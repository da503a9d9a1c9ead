{#- Loads with the watermark of each: the newest event of the loads before it, less its delay. A
    clock that runs ahead must not make the others late: no event is newer than its arrival. -#}
{% macro watermarks(loads, first_arrivals) -%}
select
    {{ loads }}.*,
    max(newest.event_time) over (
        order by {{ loads }}.load_id
        rows between unbounded preceding and 1 preceding
    ) - {{ loads }}.watermark_delay as watermark
from {{ loads }}
left join (
    select
        load_id,
        max(least(event_time, received_at)) as event_time
    from {{ first_arrivals }}
    group by load_id
) as newest
    on {{ loads }}.load_id = newest.load_id
{%- endmacro %}
