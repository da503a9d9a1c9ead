{#- The landed lines that the state of an entity at a moment is made of. -#}
{% macro state_events(changes, key, entity, as_of) -%}
{%- set event_ids -%}
select event_id
from {{ changes }}
where
    {{ key }} = {{ entity }}
    and event_time <= {{ as_of }}
{%- endset -%}
{{ durable_events.traced(event_ids) }}
{%- endmacro %}
