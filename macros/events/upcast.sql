{#- An event's properties in the shape of today, whatever version they were sent in. -#}
{% macro upcast(properties) -%}
{%- set older = durable_events.upcasts() -%}
{%- if not older -%}
{{ properties }}
{%- else -%}
case
        {%- for version in older %}
        when
            event_name = {{ dbt.string_literal(dbt.escape_single_quotes(version.event_name)) }}
            and schema_version = {{ version.schema_version | int }}
            and {{ durable_events.holds_object(properties) }}
            then {{ durable_events.json_moved(properties, version.moves) }}
        {%- endfor %}
        else {{ properties }}
    end
{%- endif -%}
{%- endmacro %}
