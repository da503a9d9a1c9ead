{#- Names as SQL literals with commas between. -#}
{% macro quoted(names) -%}
{%- set literals = [] -%}
{%- for name in names -%}
    {%- do literals.append("'" ~ (name | replace("'", "''")) ~ "'") -%}
{%- endfor -%}
{{ return(literals | join(', ')) }}
{%- endmacro %}
