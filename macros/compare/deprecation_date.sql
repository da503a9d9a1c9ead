{#- The day on which a relation's model is deprecated, as its YAML has it: an SQL date, maybe null. -#}
{% macro deprecation_date(relation) -%}
{%- set found = [] -%}
{%- for node in graph.get('nodes', {}).values()
    if node.resource_type == 'model' and node.get('deprecation_date')
    and node.schema == relation.schema and node.alias == relation.identifier -%}
    {%- do found.append("date '" ~ (node.deprecation_date | string)[:10] ~ "'") -%}
{%- endfor -%}
{{ return(found[0] if found else 'cast(null as date)') }}
{%- endmacro %}
