{#- A condition: the line was rejected by what its name was registered as, which can change. -#}
{% macro is_set_aside(reason, schema_version) -%}
({{ reason }} in ('command', 'unsupported_schema_version') and {{ schema_version }} is not null)
{%- endmacro %}
