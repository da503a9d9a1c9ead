{#- The UTC timestamp of a number of microseconds since 1970. -#}
{% macro timestamp_from_micros(micros) -%}
    {{ return(adapter.dispatch('timestamp_from_micros', 'durable_events')(micros)) }}
{%- endmacro %}

{% macro default__timestamp_from_micros(micros) -%}
    {{ exceptions.raise_compiler_error("timestamp_from_micros: not written for " ~ target.type) }}
{%- endmacro %}

{% macro duckdb__timestamp_from_micros(micros) -%}
make_timestamp({{ micros }})
{%- endmacro %}
