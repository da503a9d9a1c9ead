{#- The table of an event type, as the model's YAML declares it. -#}
{% macro typed_event() -%}
{%- set declared = declaration(model) -%}
with sent as (
    {{ sent_events(declared, load_window('event_date')) }}
)

{{ typed_columns('sent', declared) }}
-- rows of one date and user lie together, so that reading some dates skips the others
order by event_date, user_key, event_time, event_id {{- ', item_number' if declared.unnest }}
{%- endmacro %}
