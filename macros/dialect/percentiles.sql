{#- The aggregate for an array of percentiles, each a value that occurs (the nearest rank). -#}
{% macro percentiles(value, shares) -%}
    {{ return(adapter.dispatch('percentiles', 'durable_events')(value, shares)) }}
{%- endmacro %}

{% macro default__percentiles(value, shares) -%}
    {{ exceptions.raise_compiler_error("percentiles is not written for " ~ target.type ~ " yet.") }}
{%- endmacro %}

{% macro duckdb__percentiles(value, shares) -%}
quantile_disc({{ value }}, {{ shares }})
{%- endmacro %}
