{#- Why a line is no event, whatever is registered: of several reasons the first. -#}
{% macro reject_reason() -%}
case
    when not is_utf8 then 'invalid_encoding'
    when not is_json then 'malformed_json'
    when not is_object then 'not_an_object'
    when sent_event_name is null then 'missing_event_name'
    when event_time_text is null then 'missing_event_time'
    when event_time is null then 'unparseable_event_time'
    when {{ durable_events.is_in_future('event_time', 'received_at') }} then 'event_time_in_future'
    when schema_version is null then 'unsupported_schema_version'
end
{%- endmacro %}
