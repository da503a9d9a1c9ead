{#- The seconds from one timestamp to another, exact. A datediff would count boundaries. -#}
{% macro seconds_between(first, last) -%}
cast({{ micros_from_timestamp(last) }} - {{ micros_from_timestamp(first) }} as decimal(20, 0))
    * cast(0.000001 as decimal(6, 6))
{%- endmacro %}
