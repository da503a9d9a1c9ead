{#- Two relations with no key twice, compared row by row: the outcomes counted by day, and how many
    rows differ in each column, with an example. -#}
{% macro compare_rows(old, new, key, columns) -%}
{%- set keys = [key] if key is string else key -%}
{%- set key_texts = [] -%}
{%- for name in keys -%}
    {%- set column = adapter.quote(name) -%}
    {#- one side of a full join may have no row: its key is then the other's -#}
    {%- do key_texts.append(
        "coalesce(cast(coalesce(old_row." ~ column ~ ", new_row." ~ column ~ ") as varchar), 'null')"
    ) -%}
{%- endfor -%}
-- a key belongs to the first date that either side has it on, so a midnight loses none
with by_key as (
    select
        least(old_row.compared_date, new_row.compared_date) as event_date,
        new_row.is_there is null as is_only_old,
        old_row.is_there is null as is_only_new,
        old_row.compared_date <> new_row.compared_date as is_on_two_days
        {%- for name in columns.compared %}
        {%- set old_value = 'old_row.' ~ adapter.quote(name) -%}
        {%- set new_value = 'new_row.' ~ adapter.quote(name) -%}
        {%- if name in columns.as_text -%}
            {%- set old_value = 'cast(' ~ old_value ~ ' as varchar)' -%}
            {%- set new_value = 'cast(' ~ new_value ~ ' as varchar)' -%}
        {%- endif %},
        case
            when
                old_row.is_there and new_row.is_there
                and {{ old_value }} is distinct from {{ new_value }}
                then
                    {{ key_texts | join(" || ', ' || ") }} || ': '
                    || coalesce(cast({{ old_value }} as varchar), 'null') || ' -> '
                    || coalesce(cast({{ new_value }} as varchar), 'null')
        end as {{ adapter.quote(name ~ '_example') }}
        {%- endfor %}
    from (select *, true as is_there from {{ old }}) as old_row
    full join (select *, true as is_there from {{ new }}) as new_row
        on {{ durable_events.same_key('old_row', 'new_row', keys) }}
)

select
    event_date,
    count(*) as key_count,
    count(*) filter (where is_only_old) as only_old_count,
    count(*) filter (where is_only_new) as only_new_count,
    count(*) filter (where is_on_two_days) as two_day_count,
    count(*) filter (
        where false
        {%- for name in columns.compared %}
        or {{ adapter.quote(name ~ '_example') }} is not null
        {%- endfor %}
    ) as modified_count
    {%- for name in columns.compared %},
    {%- set example = adapter.quote(name ~ '_example') %}
    count({{ example }}) as {{ adapter.quote(name ~ '_differing_count') }},
    min({{ example }}) as {{ example }}
    {%- endfor %}
from by_key
group by event_date
{%- endmacro %}
