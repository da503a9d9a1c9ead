{#- The value of a type that a text tells, null if it tells none. It is taken as it is or not at all:
    nothing is rounded, cut off or guessed. -#}
{% macro typed_value(text, data_type, is_nested='false') -%}
{%- set type = data_type | lower | replace(' ', '') -%}
{%- set family = type.split('(')[0] -%}
{%- if family in ('varchar', 'text', 'string') -%}
case
        when left({{ text }}, 1) in ('{', '[')
            -- text that looks like an object or a list, or is it one?
            then case when not {{ is_nested }} then {{ text }} end
        else {{ text }}
    end
{%- elif family == 'json' -%}
case
        when left({{ text }}, 1) in ('{', '[')
            then case when {{ is_nested }} then cast({{ text }} as json) end
    end
{%- elif family == 'list' -%}
case when left({{ text }}, 1) = '[' then case when {{ is_nested }} then {{ text }} end end
{%- elif family in ('tinyint', 'smallint', 'integer', 'int', 'bigint', 'hugeint') -%}
case
        when {{ durable_events.matches(text, '^-?[0-9]+([.]0+)?$') }}
            then try_cast(split_part({{ text }}, '.', 1) as {{ type }})
    end
{%- elif family in ('decimal', 'numeric') and ',' in type -%}
    {%- set scale = type.split(',')[1].rstrip(')') | int -%}
    {%- set fraction = '[0-9]{1,' ~ scale ~ '}0*' if scale else '0+' -%}
case
        when {{ durable_events.matches(text, '^-?[0-9]+([.]' ~ fraction ~ ')?$') }}
            then try_cast({{ text }} as {{ type }})
    end
{%- elif family == 'double' -%}
case
        when {{ durable_events.matches(text, '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$') }}
            -- else 1e999 would be infinity
            and abs(try_cast({{ text }} as double)) <= 1.7976931348623157e308
            then try_cast({{ text }} as double)
    end
{%- elif family == 'boolean' -%}
case {{ text }} when 'true' then true when 'false' then false end
{%- elif family == 'date' -%}
case
        when length({{ text }}) = 10
            then cast({{ durable_events.timestamp_from_iso(text) | indent(12) }} as date)
    end
{%- elif family == 'timestamp' -%}
{{ durable_events.timestamp_from_text(text) | indent }}
{%- else -%}
    {{ exceptions.raise_compiler_error(
        this ~ " declares the data_type " ~ data_type ~ ". What can be read from JSON: varchar, "
        ~ "tinyint, smallint, integer, bigint, hugeint, decimal(p,s), double, boolean, date, "
        ~ "timestamp, and json for objects and lists."
    ) }}
{%- endif -%}
{%- endmacro %}
