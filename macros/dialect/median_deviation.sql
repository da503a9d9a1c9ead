{#- The aggregate for the median of the absolute deviations from the median. -#}
{% macro median_deviation(value) -%}
    {{ return(adapter.dispatch('median_deviation', 'durable_events')(value)) }}
{%- endmacro %}

{% macro default__median_deviation(value) -%}
    {{ exceptions.raise_compiler_error("median_deviation is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__median_deviation(value) -%}
mad({{ value }})
{%- endmacro %}
