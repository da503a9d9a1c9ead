{#- A fingerprint of what the typed models of an event declare, and of how older versions are read:
    what has a say in the rows of their tables. -#}
{% macro contract_of(event, declarations) -%}
{%- set columns = [] -%}
{%- for declared in declarations if declared.event_name == event.event_name -%}
    {%- for column in declared.columns -%}
        {%- set meta = (column.get('config') or {}).get('meta') or {} -%}
        {%- do columns.append([
            declared.table_name, declared.schema_version, declared.unnest, column.name,
            column.data_type, meta.get('from'), meta.get('path'), meta.get('required'),
        ]) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(local_md5(tojson([columns, event.upcasts], sort_keys=true))) }}
{%- endmacro %}
