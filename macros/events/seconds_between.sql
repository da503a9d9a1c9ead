{#- The seconds from one timestamp to another, exact. A datediff would count boundaries. -#}
{% macro seconds_between(first, last) -%}
{%- set first_micros = durable_events.micros_from_timestamp(first) -%}
{%- set last_micros = durable_events.micros_from_timestamp(last) -%}
cast({{ last_micros }} - {{ first_micros }} as decimal(20, 0)) * cast(0.000001 as decimal(6, 6))
{%- endmacro %}
