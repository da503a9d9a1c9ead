{#- The condition for a late event to wait in late_events until a reconciliation lets it in: it is
    older than the watermark by more than its load allows. Any other late event is let in at once,
    and reopens its date. -#}
{% macro is_too_late(event_time, watermark, allowed_lateness) -%}
{#- where any age is allowed, or no load came before, this is null #}
{{- event_time }} < {{ watermark }} - {{ allowed_lateness }}
{%- endmacro %}
