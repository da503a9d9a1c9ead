{#- An expression by event name: what var money_events says of it under a key, null if nothing. -#}
{% macro money_event_is(key, event_name='event_name', column=false) -%}
{%- set events = durable_events.setting('money_events') -%}
case {{ event_name }}
        {%- for name, kind in events.items() if kind.get(key) is not none %}
        {%- set value = kind[key] if column or kind[key] is not string
            else "'" ~ (kind[key] | replace("'", "''")) ~ "'" %}
        when '{{ name | replace("'", "''") }}' then {{ value }}
        {%- endfor %}
    end
{%- endmacro %}
