{#- What an event has as its amount, or as its key, by its name. -#}
{% macro money_value(part) -%}
{%- set names = durable_events.money_properties().names[part] -%}
case event_name
            {%- for event, kind in durable_events.setting('money_events').items() %}
            {%- set property = durable_events.money_property(kind, part) %}
            when {{ durable_events.quoted([event]) }} then
                {{- ' ' ~ (names[property] if property is string else property or 'null') }}
            {%- endfor %}
        end
{%- endmacro %}
