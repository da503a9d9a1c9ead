{#- Two relations compared by key, a row for each of some dates. -#}
{% macro compare_days(
    old, new, key, metrics, dates='dates', among=none, date_column='event_date', ignore=[]
) -%}
{%- set keys = [key] if key is string else key -%}
{%- set columns = durable_events.compared_columns(old, new, keys, date_column, ignore) -%}
{%- set read = [] -%}
{%- set is_on_dates = 'compared_date in (select ' ~ dates ~ '.event_date from ' ~ dates ~ ')' -%}
{%- for name in keys -%}
    {%- do read.append(adapter.quote(name)) -%}
{%- endfor -%}
{%- for name in columns.compared -%}
    {%- do read.append(adapter.quote(name)) -%}
{%- endfor -%}
{%- set key_list = read[:keys | length] | join(', ') -%}
with
{%- for side, relation in [('old', old), ('new', new)] %}
{{ side }}_input as {{ durable_events.inlined() }} (
    select *, cast({{ date_column }} as date) as compared_date
    from {{ relation.render() }}
),
{% endfor %}
{%- if among %}
{%- for side in ('old', 'new') %}
{{ side }}_rows as {{ durable_events.inlined() }} (
    select {{ read | join(', ') }}, compared_date
    from {{ side }}_input
    where {{ among }}
),
{% endfor %}
{%- else %}
{%- for side in ('old', 'new') %}
{{ side }}_days as {{ durable_events.inlined() }} (
    select {{ read | join(', ') }}, compared_date
    from {{ side }}_input
    where {{ is_on_dates }}
),
{% endfor %}
-- a key that is there on one of the dates may have rows on others, if there are others
elsewhere as (
    {%- for side in ('old', 'new') %}
    (
        select 1 as one
        from {{ side }}_input
        where ({{ is_on_dates }}) is not true
        limit 1
    )
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

touched_keys as (
    select {{ key_list }}
    from (
        select {{ key_list }} from old_days
        union all
        select {{ key_list }} from new_days
    ) as keys_of_days
    where exists (select 1 from elsewhere)
),
{% for side in ('old', 'new') %}
{{ side }}_moved as (
    select {{ read | join(', ') }}, compared_date
    from {{ side }}_input
    semi join touched_keys on {{ durable_events.same_key(side ~ '_input', 'touched_keys', keys) }}
    where ({{ is_on_dates }}) is not true
),

{{ side }}_rows as {{ durable_events.inlined() }} (
    select * from {{ side }}_days
    union all
    select * from {{ side }}_moved
),
{% endfor %}
{%- endif %}
repeated as (
    select * from ({{ durable_events.repeated_keys('old_rows', keys) | indent(8) }}) as old_repeated
    union
    select * from ({{ durable_events.repeated_keys('new_rows', keys) | indent(8) }}) as new_repeated
),

repeated_rows as (
    select {{ key_list }}, compared_date
    from old_rows
    semi join repeated on {{ durable_events.same_key('old_rows', 'repeated', keys) }}
    union all
    select {{ key_list }}, compared_date
    from new_rows
    semi join repeated on {{ durable_events.same_key('new_rows', 'repeated', keys) }}
),
{% for side in ('old', 'new') %}
{{ side }}_once as {{ durable_events.inlined() }} (
    select {{ side }}_rows.*
    from {{ side }}_rows
    anti join repeated on {{ durable_events.same_key(side ~ '_rows', 'repeated', keys) }}
),
{% endfor %}
by_outcome as (
    {{ durable_events.compare_rows('old_once', 'new_once', keys, columns) | indent }}
),

by_repeated as (
    select
        event_date,
        count(*) as key_count
    from (
        select
            {{ key_list }},
            min(compared_date) as event_date
        from repeated_rows
        group by {{ key_list }}
    ) as repeated_keys
    group by event_date
),
{% for side in ('old', 'new') %}
{{ side }}_sums as (
    select
        compared_date as event_date,
        count(*) as row_count
        {%- for metric in metrics if metric not in columns[{'old': 'new', 'new': 'old'}[side] ~ '_only'] %},
        sum({{ adapter.quote(metric) }}) as {{ adapter.quote(metric) }}
        {%- endfor %}
    from {{ side }}_input
    where {{ is_on_dates }}
    group by compared_date
),
{% endfor %}
counted as (
    select
        {{ dates }}.event_date,
        coalesce(old_sums.row_count, 0) as old_row_count,
        coalesce(new_sums.row_count, 0) as new_row_count,
        {%- for metric in metrics %}
        {%- for side in ('old', 'new') %}
        {%- set other = {'old': 'new', 'new': 'old'}[side] %}
        {%- if metric in columns[other ~ '_only'] %}
        cast(null as double) as {{ adapter.quote(side ~ '_' ~ metric ~ '_sum') }},
        {%- else %}
        coalesce({{ side }}_sums.{{ adapter.quote(metric) }}, 0)
            as {{ adapter.quote(side ~ '_' ~ metric ~ '_sum') }},
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        coalesce(by_outcome.key_count, 0) + coalesce(by_repeated.key_count, 0) as key_count,
        coalesce(by_outcome.modified_count, 0) as modified_count,
        coalesce(by_outcome.only_old_count, 0) as only_old_count,
        coalesce(by_outcome.only_new_count, 0) as only_new_count,
        coalesce(by_repeated.key_count, 0) as not_comparable_count,
        coalesce(by_outcome.two_day_count, 0) as two_day_count
        {%- for name in columns.compared %},
        coalesce(by_outcome.{{ adapter.quote(name ~ '_differing_count') }}, 0)
            as {{ adapter.quote(name ~ '_differing_count') }},
        by_outcome.{{ adapter.quote(name ~ '_example') }}
        {%- endfor %}
    from {{ dates }}
    left join by_outcome on {{ dates }}.event_date = by_outcome.event_date
    left join by_repeated on {{ dates }}.event_date = by_repeated.event_date
    left join old_sums on {{ dates }}.event_date = old_sums.event_date
    left join new_sums on {{ dates }}.event_date = new_sums.event_date
)

select
    event_date,
    old_row_count,
    new_row_count,
    cast({{ durable_events.difference_percent('old_row_count', 'new_row_count') }} as double)
        as row_count_difference_percent,
    key_count,
    key_count - modified_count - only_old_count - only_new_count - not_comparable_count
        as identical_count,
    modified_count,
    only_old_count,
    only_new_count,
    not_comparable_count,
    two_day_count
    {%- for metric in metrics %},
    {%- set sums = [] -%}
    {%- for side in ('old', 'new') -%}
        {%- do sums.append(adapter.quote(side ~ '_' ~ metric ~ '_sum')) -%}
    {%- endfor %}
    {{ sums | join(',\n    ') }},
    cast({{ durable_events.difference_percent(sums[0], sums[1]) }} as double)
        as {{ adapter.quote(metric ~ '_difference_percent') }}
    {%- endfor %}
    {%- for name in columns.compared %},
    {{ adapter.quote(name ~ '_differing_count') }},
    {{ adapter.quote(name ~ '_example') }}
    {%- endfor %}
from counted
{%- endmacro %}
