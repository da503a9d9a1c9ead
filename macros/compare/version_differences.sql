{#- The columns of two versions of an event, and how many keys differ in each on the newest days. -#}
{% macro version_differences(
    comparison, old, new, key, ignore=['event_id', 'event_time', 'load_id']
) -%}
{{ config(materialized='view', contract={'enforced': true}) }}
{{ durable_events.compare_columns(
    durable_events.complete_days(comparison),
    durable_events.compared_columns(old, new, key, ignore=ignore),
) }}
{%- endmacro %}
