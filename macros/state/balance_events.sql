{#- The landed lines that a balance at a moment is made of. -#}
{% macro balance_events(entries, as_of, account_id, known_at_load=none) -%}
{%- set known_at_load = none if known_at_load is none else durable_events.known_load(known_at_load) -%}
{%- set event_ids -%}
select entries.event_id
from {{ entries }} as entries
where
    entries.account_id = {{ account_id }}
    and entries.event_time <= {{ as_of }}
    and entries.known_load_id <= {{ 9223372036854775807 if known_at_load is none else known_at_load }}
{%- endset -%}
{{ durable_events.traced(event_ids) }}
{%- endmacro %}
