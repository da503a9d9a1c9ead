{#- What the YAML of the typed models says of each event, for all who ask. -#}
{% macro registered_events() -%}
{%- set found = {} -%}
{%- for node in durable_events.typed_models() -%}
    {%- set meta = node.config.get('meta') or {} -%}
    {%- if not meta.get('unnest') -%}
        {%- set name = durable_events.declaration(node).event_name -%}
        {%- set versions = [node.version] if node.get('version') else meta.get('schema_versions', [1]) -%}
        {%- set before = found.get(name, {}).get('schema_versions', []) -%}
        {%- do found.update({name: {
            'event_name': name,
            'owner': meta.get('owner'),
            'grain': meta.get('grain'),
            'kind': meta.get('kind'),
            'status': meta.get('status'),
            'since': meta.get('since'),
            'replaced_by': meta.get('replaced_by'),
            'upcasts': meta.get('upcasts') or found.get(name, {}).get('upcasts'),
            'schema_versions': (before + versions) | unique | sort,
        }}) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found.values() | list) }}
{%- endmacro %}
