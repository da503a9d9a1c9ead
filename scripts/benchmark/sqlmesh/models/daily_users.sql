model (
    name plain.daily_users,
    kind incremental_by_time_range (time_column event_date, lookback 3),
    columns (
        event_date date, active_user_count bigint, new_user_count bigint,
        returning_user_count bigint
    ),
    description 'One row per date with users.'
);

with first_dates as (
    select
        user_key,
        min(event_date) as first_date
    from plain.events
    group by user_key
),

user_days as (
    select distinct
        user_key,
        event_date
    from plain.events
    where user_key is not null and event_date between @start_date and @end_date
)

select
    user_days.event_date,
    count(*) as active_user_count,
    count(case when first_dates.first_date = user_days.event_date then 1 end) as new_user_count,
    count(case when first_dates.first_date < user_days.event_date then 1 end)
        as returning_user_count
from user_days
inner join first_dates
    on user_days.user_key = first_dates.user_key
group by user_days.event_date
