{#- The microseconds since 1970 of a timestamp. -#}
{% macro micros_from_timestamp(timestamp) -%}
    {{ return(adapter.dispatch('micros_from_timestamp', 'durable_events')(timestamp)) }}
{%- endmacro %}

{% macro default__micros_from_timestamp(timestamp) -%}
    {{ exceptions.raise_compiler_error("micros_from_timestamp: not written for " ~ target.type) }}
{%- endmacro %}

{% macro duckdb__micros_from_timestamp(timestamp) -%}
epoch_us({{ timestamp }})
{%- endmacro %}
