{#- The models that call typed_event, as graph nodes. Nothing is to be listed, so nothing can be
    forgotten. -#}
{% macro typed_models() -%}
{%- set found = [] -%}
{%- for node in graph.get('nodes', {}).values() | sort(attribute='unique_id') -%}
    {%- if 'macro.durable_events.typed_event' in (node.get('depends_on') or {}).get('macros', []) -%}
        {%- do found.append(node) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}
