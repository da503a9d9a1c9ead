{#- The columns of a declaration that are read from JSON, each with its SQL. -#}
{% macro declared_values(declared) -%}
{%- set values, paths = [], {} -%}
{%- for column in declared.columns -%}
    {%- set meta = (column.get('config') or {}).get('meta') or {} -%}
    {%- if meta.get('path') -%}
        {%- set json = meta.get('from', 'item' if declared.unnest else 'properties') -%}
        {%- do paths.setdefault(json, []).append(meta.path) -%}
        {%- set text = durable_events.array_item(json ~ '_texts', paths[json] | length) -%}
        {%- do values.append({
            'name': column.name,
            'data_type': column.data_type,
            'json': json,
            'path': meta.path,
            'is_required': meta.get('required', false),
            'text': text,
            'value': durable_events.typed_value(
                text, column.data_type, durable_events.json_is_nested(json, meta.path)
            ),
        }) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(values) }}
{%- endmacro %}
