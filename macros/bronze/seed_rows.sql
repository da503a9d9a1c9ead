{#- A seed, or no rows while there is none: `dbt run` alone makes no seeds. -#}
{% macro seed_rows(seed, columns) -%}
{%- if load_relation(seed) -%}
{{ seed }}
{%- else -%}
(
        {{ durable_events.rows_of([], columns) | indent(8) }}
    ) as {{ seed.identifier }}
{%- endif -%}
{%- endmacro %}
