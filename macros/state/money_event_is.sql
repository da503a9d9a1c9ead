{#- An expression by event name: what the setting money_events says of it under a key, null if nothing. -#}
{% macro money_event_is(key, event_name='event_name') -%}
case {{ event_name }}
        {%- for name, kind in durable_events.setting('money_events').items() %}
        {%- set value = kind.get(key) %}
        when {{ durable_events.quoted([name]) }} then
            {{- ' ' ~ (durable_events.quoted([value]) if value is string else
                'null' if value is none else value) }}
        {%- endfor %}
    end
{%- endmacro %}
