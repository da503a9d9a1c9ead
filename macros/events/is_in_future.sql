{#- The condition for a time that can't be: it lies too far after the event was received. -#}
{% macro is_in_future(event_time, received_at) -%}
{%- set hours = durable_events.setting('clock_skew_tolerance_hours') -%}
{{ event_time }} > {{ received_at }} + interval '{{ hours }} hours'
{%- endmacro %}
