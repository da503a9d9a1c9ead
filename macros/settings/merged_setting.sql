{#- What was set, with what its default has besides. -#}
{% macro merged_setting(default, value) -%}
{%- if default is not mapping or value is not mapping -%}
    {{ return(value) }}
{%- endif -%}
{%- set merged = {} -%}
{%- do merged.update(default) -%}
{%- for key, part in value.items() -%}
    {%- do merged.update({key: durable_events.merged_setting(default.get(key), part)}) -%}
{%- endfor -%}
{{ return(merged) }}
{%- endmacro %}
