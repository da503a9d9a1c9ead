{#- The table of an event type, as the model's YAML declares it. -#}
{% macro typed_event() -%}
{#- Events are only ever added, so a new load's rows are too. What got another name leaves the table
    of the old one. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    contract={'enforced': true},
    on_schema_change='fail',
    meta={'by_name': 'event_id'},
) }}
{%- set declared = durable_events.declaration(model) -%}
with sent as (
    {{ durable_events.sent_events(declared, durable_events.load_window('event_date')) }}
)

{{ durable_events.typed_columns('sent', declared) }}
-- rows of one date and user lie together, so that reading some dates skips the others
order by event_date, user_key, event_time, event_id {{- ', item_number' if declared.unnest }}
{%- endmacro %}
