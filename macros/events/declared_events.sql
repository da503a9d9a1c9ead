{#- The declarations of all typed events: of every model that calls typed_event. Nothing is to be
    registered, and nothing can be forgotten. -#}
{% macro declared_events() -%}
{%- set found = [] -%}
{%- for node in durable_events.typed_models() -%}
    {%- set declared = durable_events.declaration(node) -%}
    {%- do found.append(declared) -%}
    {%- if declared.unnest -%}
        {#- the list itself is declared too, once per event -#}
        {%- do found.append(dict(declared, unnest=none, columns=[{
            'name': declared.unnest,
            'data_type': 'list',
            'config': {'meta': {'path': declared.unnest, 'required': true}},
        }])) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}
