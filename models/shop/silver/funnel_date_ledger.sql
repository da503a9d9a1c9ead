-- one row per date and load: sessions on that date, or the names of their events, changed
{{ config(materialized='view') }}

with renamed as (
    select
        event_id,
        event_date,
        max(renamed_load_id) as load_id
    from {{ ref('events') }}
    where renamed_load_id is not null
    -- grouped, so that the engine takes them for few and does not hash all of history
    group by event_id, event_date
)

select
    session_date,
    load_id
from {{ ref('session_date_ledger') }}
union
select
    event_sessions.session_date,
    renamed.load_id
from renamed
inner join {{ ref('event_sessions') }} as event_sessions
    on
        renamed.event_id = event_sessions.event_id
        and renamed.event_date = event_sessions.event_date
