-- one row per date and load: the users whose part in that date the load changed
{{ config(materialized='incremental', incremental_strategy='by_load', event_time='event_date') }}

with changes as (
    select event_date, first_load_id as load_id
    from {{ ref('user_days') }}
    union all
    -- an earlier event made a user that was new on this date a returning one
    select event_date, returning_load_id as load_id
    from {{ ref('user_days') }}
    where returning_load_id > first_load_id
)

select
    event_date,
    load_id,
    count(*) as user_count
from changes
where {{ load_window('event_date') }}
group by event_date, load_id
order by event_date, load_id
