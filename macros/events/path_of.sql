{#- Where a declared column stands in an event's JSON; none for one that is read from no JSON. -#}
{% macro path_of(column) -%}
{{ return(((column.get('config') or {}).get('meta') or {}).get('path')) }}
{%- endmacro %}
