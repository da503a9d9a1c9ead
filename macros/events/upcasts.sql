{#- What the YAML of typed events says of older versions: how to read them in the shape of today. A
    macro of its own since a unit test has to bring it along. -#}
{% macro upcasts() -%}
{%- set found = [] -%}
{%- for event in durable_events.registered_events() -%}
    {%- for schema_version, moves in (event.upcasts or {}).items() -%}
        {%- do found.append({
            'event_name': event.event_name, 'schema_version': schema_version, 'moves': moves,
        }) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}
