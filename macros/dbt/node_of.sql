{#- The model that makes a relation, as dbt knows it; none if no model does. -#}
{% macro node_of(relation) -%}
{%- set found = graph.get('nodes', {}).values()
    | selectattr('resource_type', 'equalto', 'model')
    | selectattr('schema', 'equalto', relation.schema)
    | selectattr('alias', 'equalto', relation.identifier)
    | list -%}
{{ return(found | first | default(none)) }}
{%- endmacro %}
