-- one row per date and load: the sessions on that date that the load was the last to change
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key='session_date',
    event_time='session_date',
) }}
{#- A late event can move a session to another date or join two. Sessions only grow or join, so
    every date that a load changed lies within the span of a session with an event of that load. -#}
with spans as (
    select
        load_id,
        session_date as first_date,
        cast(ended_at as date) as last_date
    from {{ ref('sessions') }}
),

touched_dates as (
    select distinct days.series_date as session_date
    from spans
    cross join {{ date_series('spans.first_date', 'spans.last_date', 'days') }}
    where {{ load_window('days.series_date', 'spans.load_id') }}
),

span_dates as (
    select
        days.series_date as session_date,
        spans.load_id
    from spans
    cross join {{ date_series('spans.first_date', 'spans.last_date', 'days') }}
    where
        spans.last_date >= (
            select {{ date_or_never('min(touched_dates.session_date)') }} from touched_dates
        )
        and spans.first_date <= (select max(touched_dates.session_date) from touched_dates)
)

select
    session_date,
    load_id,
    count(*) as session_count
from span_dates
where session_date in (select touched_dates.session_date from touched_dates)
group by session_date, load_id
order by session_date, load_id
