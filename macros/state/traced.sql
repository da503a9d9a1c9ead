{#- The landed lines behind a state: of a query that gives event ids. -#}
{% macro traced(event_ids) -%}
select
    judged.event_id,
    judged.event_name,
    judged.event_time,
    judged.load_id,
    judged.file_name,
    judged.line_number,
    judged.admitted_load_id,
    judged.context_json as payload
from {{ ref('durable_events', 'judged_events') }} as judged
where
    judged.verdict = 'accepted'
    and judged.event_id in (
        {{ event_ids | indent(8) }}
    )
{%- endmacro %}
