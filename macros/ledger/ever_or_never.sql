{#- The first date there is if a relation has rows, else one that no event has (see date_or_never). -#}
{% macro ever_or_never() -%}
case when count(*) = 0 then date '9999-12-31' else date '0001-01-01' end
{%- endmacro %}
