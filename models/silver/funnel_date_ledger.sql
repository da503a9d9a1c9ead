-- one row per date and load: sessions on that date, or the names of their events, changed
{{ config(materialized='view') }}

select
    session_date,
    load_id
from {{ ref('session_date_ledger') }}
union
select
    event_sessions.session_date,
    events.renamed_load_id as load_id
from {{ ref('events') }} as events
inner join {{ ref('event_sessions') }} as event_sessions
    on
        events.event_id = event_sessions.event_id
        and events.event_date = event_sessions.event_date
where events.renamed_load_id is not null
