-- a row for each event name that was sent and that there is something to find fault with
{{ config(severity='warn') }}

select
    sent_event_name,
    finding,
    event_count,
    unsupported_count,
    first_event_date
from {{ ref('event_names') }}
where
    finding is not null
    and first_load_id is not null
order by event_count desc, sent_event_name asc
