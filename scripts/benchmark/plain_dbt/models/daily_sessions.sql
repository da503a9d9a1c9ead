-- one row per date on which a session began
select
    session_date,
    count(*) as session_count,
    count(distinct user_key) as user_count,
    count(*) filter (where event_count = 1) as single_event_session_count,
    cast(sum(event_count) as bigint) as event_count,
    sum(duration_seconds) as duration_seconds
from {{ ref('sessions') }}
group by session_date
