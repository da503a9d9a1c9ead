{#- The event names that var money_events lists, as SQL literals. -#}
{% macro money_events() -%}
{%- set names = [] -%}
{%- for event_name in var('money_events') -%}
    {%- do names.append("'" ~ (event_name | replace("'", "''")) ~ "'") -%}
{%- endfor -%}
{{ return(names | join(', ')) }}
{%- endmacro %}
