{#- The condition for the events out of which a run makes rows that depend on all of a user's: those
    of new loads or, in a repair, all of the users with a new one or one on its dates. -#}
{% macro user_window(events) -%}
{%- if durable_events.is_repair() -%}
user_key in (
        select concerned.user_key
        from {{ events }} as concerned
        where {{ durable_events.load_window('concerned.event_date', 'concerned.admitted_load_id') }}
    )
{%- else -%}
{{ durable_events.is_new_load('admitted_load_id') }}
{%- endif -%}
{%- endmacro %}
