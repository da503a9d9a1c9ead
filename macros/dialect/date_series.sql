{#- A row for each date of a span. -#}
{% macro date_series(first_date, last_date, alias) -%}
    {{ return(adapter.dispatch('date_series', 'durable_events')(first_date, last_date, alias)) }}
{%- endmacro %}

{% macro default__date_series(first_date, last_date, alias) -%}
    {{ exceptions.raise_compiler_error("date_series is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__date_series(first_date, last_date, alias) -%}
lateral (
    select cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as date)
) as {{ alias }} (series_date)
{%- endmacro %}
