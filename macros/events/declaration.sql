{#- What a typed model's YAML declares, in one shape for all who ask. A macro of its own since a unit
    test, where dbt knows no YAML, has to bring the declaration along. -#}
{% macro declaration(node) -%}
{#- a data test that runs a model's SQL speaks of that model -#}
{%- set node = graph.get('nodes', {}).get(node.get('attached_node')) or node -%}
{%- set meta = node.config.get('meta') or {} -%}
{{ return({
    'table_name': node.alias,
    'event_name': meta.get('event_name', node.name),
    'schema_version': node.get('version'),
    'unnest': meta.get('unnest'),
    'columns': node.get('columns', {}).values() | list,
}) }}
{%- endmacro %}
