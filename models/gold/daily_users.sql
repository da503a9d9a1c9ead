-- one row per event date with users
{{ config(event_time='event_date', begin=first_batch(), meta={'ledger': 'user_date_ledger'}) }}
-- depends_on: {{ ref('user_date_ledger') }}

select
    event_date,
    count(*) as active_user_count,
    count(*) filter (where is_new) as new_user_count,
    count(*) filter (where not is_new) as returning_user_count,
    max(load_id) as load_id
from {{ ref('user_days').render() }}
where {{ event_window('event_date') }}
group by event_date
order by event_date
