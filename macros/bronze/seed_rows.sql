{#- A seed, or no rows while there is none: `dbt run` alone makes no seeds. -#}
{% macro seed_rows(seed, columns) -%}
{%- if load_relation(seed) -%}
{{ seed }}
{%- else -%}
(
        select
            {%- for column in columns %}
            cast(null as varchar) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        where false
    ) as {{ seed.identifier }}
{%- endif -%}
{%- endmacro %}
