{#- The condition for the dates of the batch, `days` wider to both sides; true where there is none. -#}
{% macro in_batch(column, days=0) -%}
{%- set batch = model.get('batch') -%}
{%- if batch -%}
{{ column }} >= date '{{ (batch.event_time_start | string)[:10] }}' - {{ days }}
    and {{ column }} < date '{{ (batch.event_time_end | string)[:10] }}' + {{ days }}
{%- else -%}
true
{%- endif -%}
{%- endmacro %}
