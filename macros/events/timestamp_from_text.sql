{#- The UTC timestamp (without zone, microseconds) that a text tells, null if it tells none: ISO 8601
    with or without an offset (UTC assumed), or a number of seconds, milliseconds or microseconds
    since 1970. Which of the three a number counts is told by its size: seconds below 10^11 (the year
    5138), milliseconds below 10^14, microseconds below 10^17.

    text: an SQL expression of type text. -#}
{% macro timestamp_from_text(text) -%}
{%- set whole = "cast(split_part(" ~ text ~ ", '.', 1) as bigint)" -%}
{%- set fraction = "split_part(" ~ text ~ ", '.', 2)" -%}
{%- set sign = "case when " ~ text ~ " like '-%' then -1 else 1 end" -%}
{#- whole numbers all the way: a decimal wide enough for all three is a hundred times slower -#}
{%- set micros -%}
case
            when abs({{ whole }}) < 100000000000
                then {{ whole }} * 1000000 + {{ sign }} * cast(rpad({{ fraction }}, 6, '0') as bigint)
            when abs({{ whole }}) < 100000000000000
                then {{ whole }} * 1000 + {{ sign }} * cast(rpad({{ fraction }}, 3, '0') as bigint)
            else {{ whole }}
        end
{%- endset -%}
case
    when {{ matches(text, '^-?[0-9]{1,17}([.][0-9]+)?$') }}
        then {{ timestamp_from_micros(micros) }}
    else {{ timestamp_from_iso(text) }}
end
{%- endmacro %}
