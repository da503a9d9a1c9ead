{#- The UTC timestamp of a text in one of the forms that databases, mail and logs write. -#}
{% macro timestamp_from_other(text) -%}
    {{ return(adapter.dispatch('timestamp_from_other', 'durable_events')(text)) }}
{%- endmacro %}

{% macro default__timestamp_from_other(text) -%}
    {{ exceptions.raise_compiler_error("timestamp_from_other is not written for " ~ target.type) }}
{%- endmacro %}

{#- Each is put into the form that the cast reads, and checked there: the cast takes more than has
    one meaning, but no day that does not exist. A name of a zone counts where there is no offset. -#}
{% macro duckdb__timestamp_from_other(text) -%}
{%- set day = '\\d{4}-\\d\\d-\\d\\d' -%}
{%- set second = '(([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d([.]\\d+)?)?|24:00(:00([.]0+)?)?)' -%}
{%- set offset = '[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?' -%}
{%- set months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split() -%}
{%- set dated -%}
regexp_replace(regexp_replace({{ text }}, '^.*?(\d?\d) (\w{3}) (\d{4}) ', '\3-\2-0\1 '), '-0(\d\d) ', '-\1 ')
{%- endset -%}
{%- set numbered = namespace(sql=dated) -%}
{%- for month in months -%}
    {%- set number = '%02d' % loop.index -%}
    {%- set numbered.sql = "replace(" ~ numbered.sql ~ ", '-" ~ month ~ "-', '-" ~ number ~ "-')" -%}
{%- endfor -%}
list_transform(
    [case
        when regexp_matches({{ text }}, '^\d{8}[Tt]\d{4}')
            then regexp_replace(
                regexp_replace(
                    {{ text }}, '^(\d{4})(\d\d)(\d\d).(\d\d)(\d\d)', '\1-\2-\3 \4:\5'
                ),
                '^(.{16})(\d\d)', '\1:\2'
            )
        when regexp_matches(
            {{ text }},
            '^((Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d?\d ({{ months | join('|') }}) \d{4} '
        )
            then {{ numbered.sql }}
        when regexp_matches({{ text }}, '^{{ day }}[Tt ]')
            then replace(regexp_replace({{ text }}, '^(.{10}).', '\1 '), ',', '.')
    end],
    lambda written: list_transform(
        [regexp_replace(
            regexp_replace(
                regexp_replace(written, '([Zz]|{{ offset }})\[[^\]]+\]$', '\1'),
                '\[([A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*)\]$', ' \1'
            ),
            ' ?(UTC|GMT|UT|[Zz])$', '+00'
        )],
        lambda plain: case
            when
                plain >= '0001'
                and regexp_matches(plain, '^{{ day }} {{ second }}( ?{{ offset }})?$')
                then make_timestamp(epoch_us(try_cast(regexp_replace(
                    regexp_replace(plain, ' ([+-])', '\1'), '^(.{16})([^:]|$)', '\1:00\2'
                ) as timestamptz)))
            when
                plain >= '0001'
                and regexp_matches(plain, '^{{ day }} {{ second }} [A-Za-z][A-Za-z0-9_+/-]*$')
                and written like '%]'
                then make_timestamp(epoch_us(try_cast(plain as timestamptz)))
        end
    )[1]
)[1]
{%- endmacro %}
