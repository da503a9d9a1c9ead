-- one row per value that does not fit its typed event table, or is missing there
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    event_time='event_date',
    meta={'by_name': 'event_id'},
) }}

with misfits as (
    {#- an event whose columns are all of the envelope has nothing that could not fit #}
    {%- for declared in declared_events() if declared_values(declared) %}
    (
        {{ misfits(declared, load_window('event_date')) | indent(8) }}
    )
    union all
    {%- endfor %}
    -- the columns, for a project that declares no event
    select
        event_id,
        event_name,
        event_date,
        cast(null as varchar) as table_name,
        cast(null as bigint) as item_number,
        cast(null as varchar) as column_name,
        cast(null as varchar) as misfit,
        cast(null as varchar) as expected_type,
        cast(null as varchar) as raw_value,
        load_id
    from {{ ref('events') }}
    where false
)

select
    event_id,
    event_name,
    event_date,
    table_name,
    item_number,
    column_name,
    misfit,
    expected_type,
    raw_value,
    load_id
from misfits
order by event_date, event_id, table_name, item_number, column_name
