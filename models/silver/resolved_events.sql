-- one row per event that has a user or a device: whose it is
{{ config(materialized='view', event_time='event_date') }}

select
    events.event_id,
    events.event_name,
    events.event_time,
    events.event_date,
    coalesce(events.user_id, identities.user_id, events.anonymous_id) as resolved_user_id,
    events.user_id is null and identities.user_id is null as is_anonymous,
    events.user_id,
    events.anonymous_id,
    greatest(events.load_id, coalesce(identities.load_id, 0)) as load_id
from {{ ref('events') }} as events
left join {{ ref('user_identities') }} as identities
    on
        events.user_id is null
        and events.anonymous_id = identities.anonymous_id
        -- what came before the first sign-up or login belongs to that user, too
        and (identities.state_number = 1 or events.event_time >= identities.valid_from)
        and (identities.valid_to is null or events.event_time < identities.valid_to)
where events.user_key is not null
