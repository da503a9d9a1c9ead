{#- What the events that got another name since this model's newest load have in a column. -#}
{% macro renamed_events(column) -%}
select {{ durable_events.event_value(column) }}
        from {{ builtins.ref('durable_events', 'events') }}
        where {{ durable_events.is_new_load('renamed_load_id') }}
        {#- grouped, so that the engine takes them for few and does not hash all of history #}
        group by 1
{%- endmacro %}
