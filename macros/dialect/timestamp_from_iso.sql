{#- The UTC timestamp (without zone) of an ISO 8601 text, null where it is none. An offset is applied,
    a text without one is UTC, digits beyond microseconds are cut off. -#}
{% macro timestamp_from_iso(text) -%}
    {{ return(adapter.dispatch('timestamp_from_iso', 'durable_events')(text)) }}
{%- endmacro %}

{% macro default__timestamp_from_iso(text) -%}
    {{ exceptions.raise_compiler_error("timestamp_from_iso is not written for " ~ target.type) }}
{%- endmacro %}

{#- A cast to timestamp would drop the offset, so the cast is to timestamptz (the profile sets the
    session's zone to UTC). It takes no time without seconds and no lower-case z: those are put right
    on the way. The pattern keeps out words that the cast knows, such as infinity. -#}
{% macro duckdb__timestamp_from_iso(text) -%}
case
    when regexp_matches({{ text }}, '^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d|$)')
        then make_timestamp(epoch_us(try_cast(upper({{ text }}) as timestamptz)))
    when regexp_matches({{ text }}, '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d([Zz+-]|$)')
        then make_timestamp(epoch_us(try_cast(
            regexp_replace(upper({{ text }}), '^(.{16})', '\1:00') as timestamptz
        )))
end
{%- endmacro %}
