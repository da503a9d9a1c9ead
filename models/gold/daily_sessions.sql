-- one row per date on which a session began or went on
{{ config(event_time='session_date', begin=first_batch(), meta={'ledger': 'session_date_ledger'}) }}

with dates as (
    select
        session_date,
        max(load_id) as load_id
    from {{ ref('session_date_ledger').render() }}
    where {{ event_window('session_date') }}
    group by session_date
),

started as (
    select
        session_date,
        count(*) as session_count,
        count(distinct user_key) as user_count,
        count(*) filter (where event_count = 1) as single_event_session_count,
        sum(event_count) as event_count,
        sum(duration_seconds) as duration_seconds
    from {{ ref('sessions').render() }}
    where {{ event_window('session_date') }}
    group by session_date
)

-- a date whose sessions all began the day before keeps a row, of zeros
select
    dates.session_date,
    coalesce(started.session_count, 0) as session_count,
    coalesce(started.user_count, 0) as user_count,
    coalesce(started.single_event_session_count, 0) as single_event_session_count,
    cast(coalesce(started.event_count, 0) as bigint) as event_count,
    cast(coalesce(started.duration_seconds, 0) as decimal(26, 6)) as duration_seconds,
    dates.load_id
from dates
left join started
    on dates.session_date = started.session_date
order by dates.session_date
