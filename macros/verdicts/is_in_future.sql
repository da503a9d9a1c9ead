{#- The condition for an event from the future to be rejected and filed under no date: its time lies
    further after it was received than clocks that run ahead explain. -#}
{% macro is_in_future(event_time, received_at) -%}
{%- set hours = durable_events.setting('clock_skew_tolerance_hours') -%}
{{ event_time }} > {{ received_at }} + interval '{{ hours }} hours'
{%- endmacro %}
