-- one row per date from the first event's to the last one's
{{ config(materialized='view') }}

with spans as (
    select
        min(event_date) as first_date,
        max(event_date) as last_date
    from {{ ref('event_date_ledger') }}
)

select days.series_date as calendar_date
from spans
cross join {{ date_series('spans.first_date', 'spans.last_date', 'days') }}
