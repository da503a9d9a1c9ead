{#- The day on which a relation's model is deprecated, as its YAML has it: an SQL date, maybe null. -#}
{% macro deprecation_date(relation) -%}
{%- set date = (durable_events.node_of(relation) or {}).get('deprecation_date') -%}
{{ return("date '" ~ (date | string)[:10] ~ "'" if date else 'cast(null as date)') }}
{%- endmacro %}
