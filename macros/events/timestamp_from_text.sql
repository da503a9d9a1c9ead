{#- The UTC timestamp that a text tells, in ISO 8601 or as a number. -#}
{% macro timestamp_from_text(text) -%}
{%- set whole = "cast(split_part(" ~ text ~ ", '.', 1) as bigint)" -%}
{%- set fraction = "split_part(" ~ text ~ ", '.', 2)" -%}
{%- set sign = "case when " ~ text ~ " like '-%' then -1 else 1 end" -%}
{#- whole numbers all the way: a decimal wide enough for all three is a hundred times slower -#}
{%- set micros -%}
case
            when {{ whole }} between -62135596800 and 99999999999
                then {{ whole }} * 1000000
                    + {{ sign }} * cast(rpad({{ fraction }}, 6, '0') as bigint)
            when {{ whole }} between -62135596800000 and 99999999999999
                then {{ whole }} * 1000
                    + {{ sign }} * cast(rpad({{ fraction }}, 3, '0') as bigint)
            when {{ whole }} between -62135596800000000 and 99999999999999999
                then {{ whole }}
        end
{%- endset -%}
case
    when {{ matches(text, '^-?[0-9]{1,17}([.][0-9]+)?$') }}
        then {{ timestamp_from_micros(micros) }}
    else {{ timestamp_from_iso(text) }}
end
{%- endmacro %}
