{#- A date, or one that no event has: where nothing changed, a filter by it reads no history. -#}
{% macro date_or_never(date) -%}
coalesce({{ date }}, date '9999-12-31')
{%- endmacro %}
