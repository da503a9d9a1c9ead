{#- Which dates of a comparison the loads touched: those of their rows and, where a key was known
    before, the date that the key belonged to. -#}
{% macro comparison_ledger(old, new, key, date_column='event_date') -%}
{%- set keys = [] -%}
{%- for column in ([key] if key is string else key) -%}
    {%- do keys.append(adapter.quote(column)) -%}
{%- endfor -%}
{%- set key_list = keys | join(', ') -%}
with concerned as (
    select distinct {{ key_list }}
    from (
        select {{ key_list }} from {{ old }} where {{ durable_events.load_window(date_column) }}
        union all
        select {{ key_list }} from {{ new }} where {{ durable_events.load_window(date_column) }}
    ) as new_rows
),

sent as (
    {%- for relation in (old, new) %}
    select {{ key_list }}, {{ date_column }} as event_date, load_id
    from {{ relation }} as sent_rows
    semi join concerned on {{ durable_events.same_key('sent_rows', 'concerned', key) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

by_load as (
    select {{ key_list }}, load_id, min(event_date) as first_date
    from sent
    group by {{ key_list }}, load_id
)

select event_date, load_id
from sent
union
select
    min(first_date) over (
        partition by {{ key_list }}
        order by load_id
        rows between unbounded preceding and 1 preceding
    ) as event_date,
    load_id
from by_load
{%- endmacro %}
