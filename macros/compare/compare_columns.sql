{#- The columns of two relations, and by how many keys each differs over some days. -#}
{% macro compare_columns(days, columns) -%}
with compared as (
    select * from {{ days }} as days
),

listed as (
    {%- for name in columns.compared %}
    {%- set differing = adapter.quote(name ~ '_differing_count') %}
    select
        {{ dbt.string_literal(name | replace("'", "''")) }} as column_name,
        'both' as found_in,
        true as is_compared,
        cast(sum(identical_count + modified_count) as bigint) as compared_key_count,
        cast(sum({{ differing }}) as bigint) as differing_key_count,
        max(case when {{ differing }} > 0 then event_date end) as newest_date,
        max_by(
            {{ adapter.quote(name ~ '_example') }},
            case when {{ differing }} > 0 then event_date end
        ) as example
    from compared
    union all
    {%- endfor %}
    {%- for group, found_in in [('ignored', 'both'), ('old_only', 'old'), ('new_only', 'new')] %}
    {%- for name in columns[group] %}
    select {{ dbt.string_literal(name | replace("'", "''")) }}, '{{ found_in }}', false, null, null, null, null
    union all
    {%- endfor %}
    {%- endfor %}
    select
        cast(null as varchar),
        cast(null as varchar),
        cast(null as boolean),
        cast(null as bigint),
        cast(null as bigint),
        cast(null as date),
        cast(null as varchar)
    where false
)

select
    column_name,
    found_in,
    is_compared,
    compared_key_count,
    differing_key_count,
    round(100 * cast(differing_key_count as double) / nullif(compared_key_count, 0), 2)
        as differing_percent,
    newest_date,
    example
from listed
order by differing_key_count desc nulls last, is_compared desc, found_in, column_name
{%- endmacro %}
