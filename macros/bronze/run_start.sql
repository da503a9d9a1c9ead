{#- When this run started, a UTC timestamp literal: the one moment of a run that becomes data. -#}
{% macro run_start() -%}
cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}
