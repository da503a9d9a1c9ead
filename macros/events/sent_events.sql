{#- The events of a declared type, or the items of a list in them. -#}
{% macro sent_events(declared, condition='true') -%}
{%- set events -%}
select *
    from {{ ref('durable_events', 'events') }}
    where
        event_name = '{{ declared.event_name | replace("'", "''") }}'
        {%- if declared.schema_version %}
        and schema_version = {{ declared.schema_version | int }}
        {%- endif %}
        and {{ condition }}
{%- endset -%}
{%- if declared.unnest -%}
select
        events.*,
        items.item,
        items.item_number
    from (
        {{ events | indent }}
    ) as events
    cross join {{ durable_events.json_items(
        'case when ' ~ durable_events.holds_object('events.properties') ~ ' then events.properties end',
        declared.unnest,
        'items'
    ) | indent }}
{%- else -%}
{{ events }}
{%- endif -%}
{%- endmacro %}
