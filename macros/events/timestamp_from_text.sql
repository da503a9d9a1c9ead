{#- The UTC timestamp that a text tells: in ISO 8601, as a number, or in a form that is seen less. -#}
{% macro timestamp_from_text(text) -%}
{%- set before_point = "split_part(" ~ text ~ ", '.', 1)" -%}
{%- set after_point = "split_part(" ~ text ~ ", '.', 2)" -%}
{%- set sign = "case when " ~ text ~ " like '-%' then -1 else 1 end" -%}
coalesce(case
    when {{ text }} like '____-%' then {{ durable_events.timestamp_from_iso(text) }}
    {#- Apart, since most have no fraction. Whole numbers all the way: a decimal wide enough for
        seconds, milliseconds and microseconds is a hundred times slower. #}
    {%- for pattern, whole, fraction in [
        ('^-?[0-9]{1,17}$', text, none),
        ('^-?[0-9]{1,17}[.][0-9]+$', before_point, after_point),
    ] %}
    {%- set whole = 'cast(' ~ whole ~ ' as bigint)' %}
    when {{ durable_events.matches(text, pattern) }}
        then {% set micros -%}
        case
            {%- for digits in [6, 3, 0] %}
            {%- set zeros = '0' * (6 - digits) %}
            when
                {{ whole }}
                between -62135596800{{ zeros }} and 99999999999{{ '9' * (6 - digits) }}
                then {{ whole }} * 1{{ '0' * digits }}
                {%- if fraction and digits %}
                    + {{ sign }} * cast(rpad({{ fraction }}, {{ digits }}, '0') as bigint)
                {%- endif %}
            {%- endfor %}
        end
        {%- endset %}{{ durable_events.timestamp_from_micros(micros) }}
    {%- endfor %}
    {#- nanoseconds: of the digits the last three are less than a timestamp has #}
    when {{ durable_events.matches(text, '^-?[0-9]{18,19}$') }}
        then {{ durable_events.timestamp_from_micros('try_cast(' ~ text ~ ' as bigint) // 1000') }}
end, {{ durable_events.timestamp_from_other(text) | indent }})
{%- endmacro %}
