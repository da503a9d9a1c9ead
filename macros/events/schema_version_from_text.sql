{#- The version of an event's schema, a whole number. -#}
{% macro schema_version_from_text(text) -%}
case
    when {{ text }} is null then 1
    when {{ durable_events.matches(text, '^[0-9]{1,9}$') }} then cast({{ text }} as integer)
end
{%- endmacro %}
