-- one row per date on which a session began or went on
{{ daily_table(ledger='funnel_date_ledger', date_column='session_date') }},

session_events as (
    select
        session_id,
        session_date,
        event_id,
        event_date
    from {{ ref('event_sessions').render() }}
    where {{ event_window('session_date') }}
),

steps as (
    select
        event_id,
        event_date,
        event_name
    from {{ ref('events').render() }}
    where
        event_name in (
            'page_viewed', 'product_add_to_cart', 'checkout_completed', 'payment_received'
        )
        and event_date >= (
            select {{ date_or_never('min(session_events.event_date)') }} from session_events
        )
        and event_date <= (select max(session_events.event_date) from session_events)
),

-- whether a step was taken, not when: clients and server do not share a clock
by_session as (
    select
        session_events.session_date,
        session_events.session_id,
        coalesce(bool_or(steps.event_name = 'page_viewed'), false) as has_viewed,
        coalesce(bool_or(steps.event_name = 'product_add_to_cart'), false) as has_carted,
        coalesce(bool_or(steps.event_name = 'checkout_completed'), false) as has_checked_out,
        coalesce(bool_or(steps.event_name = 'payment_received'), false) as has_paid
    from session_events
    left join steps
        on
            session_events.event_id = steps.event_id
            and session_events.event_date = steps.event_date
    group by session_events.session_date, session_events.session_id
),

by_date as (
    select
        session_date,
        count(*) as session_count,
        count(*) filter (where has_viewed) as viewed_count,
        count(*) filter (where has_carted) as carted_count,
        count(*) filter (where has_checked_out) as checked_out_count,
        count(*) filter (where has_paid) as paid_count,
        count(*) filter (
            where has_viewed and has_carted and has_checked_out and has_paid
        ) as completed_count
    from by_session
    group by session_date
)

-- a date whose sessions all began the day before keeps a row, of zeros
select
    dates.session_date,
    coalesce(by_date.session_count, 0) as session_count,
    coalesce(by_date.viewed_count, 0) as viewed_count,
    coalesce(by_date.carted_count, 0) as carted_count,
    coalesce(by_date.checked_out_count, 0) as checked_out_count,
    coalesce(by_date.paid_count, 0) as paid_count,
    coalesce(by_date.completed_count, 0) as completed_count,
    dates.load_id
from dates
left join by_date
    on dates.session_date = by_date.session_date
order by dates.session_date
