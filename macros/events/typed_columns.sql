{#- A query for the declared columns: those with a path are read from JSON, the others are there. -#}
{% macro typed_columns(relation, declared=none) -%}
{%- set declared = declared or durable_events.declaration(model) -%}
{%- set values = durable_events.declared_values(declared) -%}
{%- set value_of = {} -%}
{%- for value in values -%}
    {%- do value_of.update({value.name: value.value}) -%}
{%- endfor -%}
select
    {%- for column in declared.columns %}
    {{ (value_of[column.name] ~ ' as ') if column.name in value_of -}}
    {{ column.name }}{{ ',' if not loop.last }}
    {%- else %}
    *
    {%- endfor %}
from (
    {{ durable_events.with_texts(relation, values) }}
) as read
{%- endmacro %}
