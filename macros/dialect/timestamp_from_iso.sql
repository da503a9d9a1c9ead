{#- The UTC timestamp of an ISO 8601 text. -#}
{% macro timestamp_from_iso(text) -%}
    {{ return(adapter.dispatch('timestamp_from_iso', 'durable_events')(text)) }}
{%- endmacro %}

{% macro default__timestamp_from_iso(text) -%}
    {{ exceptions.raise_compiler_error("timestamp_from_iso is not written for " ~ target.type) }}
{%- endmacro %}

{#- A cast to timestamp would drop the offset, so the cast is to timestamptz (the profile sets the
    session's zone to UTC). The pattern keeps out what the cast lets pass and ISO 8601 does not,
    such as infinity, an offset of 99 hours or the year 0; seconds, z and a decimal comma are put
    right for it, apart from the rest, since that costs more than the cast. -#}
{% macro duckdb__timestamp_from_iso(text) -%}
{%- set minute = '([01]\\d|2[0-3]):[0-5]\\d' -%}
{%- set offset = '[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?' -%}
case
    when {{ text }} < '0001' then null
    when regexp_matches(
        {{ text }}, '^\d{4}-\d\d-\d\d([T ]{{ minute }}:[0-5]\d([.]\d+)?(Z|{{ offset }})?)?$'
    )
        then make_timestamp(epoch_us(try_cast({{ text }} as timestamptz)))
    when regexp_matches(
        {{ text }}, '^\d{4}-\d\d-\d\d[Tt ]{{ minute }}(:[0-5]\d([.,]\d+)?)?([Zz]|{{ offset }})?$'
    )
        then make_timestamp(epoch_us(try_cast(regexp_replace(
            replace(upper({{ text }}), ',', '.'), '^(.{16})([^:]|$)', '\1:00\2'
        ) as timestamptz)))
end
{%- endmacro %}
