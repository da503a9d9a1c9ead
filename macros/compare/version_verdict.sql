{#- Whether a new version of an event can take over from the old one: the verdict, and each check. -#}
{% macro version_verdict(comparison, old, metrics=[], names=['v1', 'v2']) -%}
{{ config(materialized='view', contract={'enforced': true}) }}
{{ durable_events.comparison_verdict(
    durable_events.complete_days(comparison),
    metrics,
    durable_events.began(comparison),
    names,
    durable_events.deprecation_date(old),
) }}
{%- endmacro %}
