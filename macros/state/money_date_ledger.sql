{#- The ledger of the dates of some books: the newest load that touched each. -#}
{% macro money_date_ledger(money, books) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key='event_date',
    event_time='event_date',
    contract={'enforced': true},
    on_schema_change='fail',
) }}
with entries as (
    select event_date, restated_date, load_id, renamed_load_id
    from {{ money }}
    -- what was given another name has left a book
    where book in ({{ durable_events.quoted(books) }}) or book is null
),

renamings as (
    select max(renamed_load_id) as load_id
    from entries
),

touches as (
    select event_date, load_id from entries
    union all
    select restated_date as event_date, load_id from entries
    union all
    -- a name that was given or taken back may have moved any entry to another date
    select
        dates.event_date,
        renamings.load_id
    from entries as dates
    cross join renamings
)

select
    event_date,
    max(load_id) as load_id
from touches
where {{ durable_events.load_window('event_date') }}
group by event_date
order by event_date
{%- endmacro %}
