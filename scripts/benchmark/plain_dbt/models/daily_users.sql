-- one row per date with users
with first_dates as (
    select
        user_key,
        min(event_date) as first_date
    from {{ ref('events').render() }}
    group by user_key
),

user_days as (
    select distinct
        user_key,
        event_date
    from {{ ref('events') }}
    where user_key is not null
)

select
    user_days.event_date,
    count(*) as active_user_count,
    count(*) filter (where first_dates.first_date = user_days.event_date) as new_user_count,
    count(*) filter (where first_dates.first_date < user_days.event_date) as returning_user_count
from user_days
inner join first_dates
    on user_days.user_key = first_dates.user_key
group by user_days.event_date
