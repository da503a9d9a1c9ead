{#- True where a table is to get some dates anew, and nothing else. -#}
{% macro is_repair() -%}
{{ return(durable_events.is_window_given() and is_incremental()) }}
{%- endmacro %}
