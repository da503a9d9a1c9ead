{#- The property in which an event of the setting money_events has its amount, currency, key or account:
    a name or a JSON path; a number for an amount that is always the same; else none. -#}
{% macro money_property(kind, part) -%}
{{ return(kind.get(part, part if part in ('amount', 'currency') else none)) }}
{%- endmacro %}
