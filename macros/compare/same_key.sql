{#- The condition for two rows to have the same key: NULL equals NULL. -#}
{% macro same_key(left, right, key) -%}
{%- for column in ([key] if key is string else key) -%}
{%- set column = adapter.quote(column) -%}
{{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }} {{- ' and ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
