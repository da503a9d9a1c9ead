{#- By how much a new number differs from an old one, in % of the old one. -#}
{% macro difference_percent(old, new) -%}
case
        when {{ old }} = {{ new }} then 0
        when {{ old }} = 0 then 100 * sign({{ new }})
        else round(
            100 * cast({{ new }} - {{ old }} as double) / abs(cast({{ old }} as double)), 2
        )
    end
{%- endmacro %}
