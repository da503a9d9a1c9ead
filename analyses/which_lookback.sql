-- one row per basis and share of the late events: the lookback, or the grace, that would have
-- caught them, and what it would have rewritten
-- basis `loads`: an event is late that was older than the newest one of the loads before it.
-- basis `sent`: one that was sent on a later date than it happened; as if there were a load a day.

with arrivals as (
    select
        'loads' as basis,
        received_at as arrived_at,
        watermark as as_of,
        event_time,
        event_date,
        event_time < watermark as is_late
    from {{ ref('judged_events') }}
    where verdict in ('accepted', 'late')
    union all
    select
        'sent' as basis,
        date_trunc('day', src_ts) as arrived_at,
        src_ts as as_of,
        event_time,
        event_date,
        event_date < cast(src_ts as date) as is_late
    from {{ ref('events') }}
    where src_ts is not null
),

late as (
    select
        basis,
        {{ seconds_between('event_time', 'as_of') }} as late_seconds,
        {{ seconds_between(
            'cast(event_date as timestamp)', "date_trunc('day', as_of)"
        ) }} / 86400 as late_days
    from arrivals
    where is_late
),

needed as (
    select
        basis,
        count(*) as late_event_count,
        {{ percentiles('late_days', [0.99, 0.999, 1.0]) }} as late_days,
        {{ percentiles('late_seconds', [0.99, 0.999, 1.0]) }} as late_seconds
    from late
    group by basis
),

choices as (
    {%- for percent in [99, 99.9, 100] %}
    select
        basis,
        cast({{ percent }} as decimal(4, 1)) as caught_percent,
        late_event_count,
        cast({{ array_item('late_days', loop.index) }} as integer) as lookback_days,
        cast(ceil({{ array_item('late_seconds', loop.index) }} / 3600) as integer) as grace_hours
    from needed
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        basis,
        arrived_at,
        event_date,
        count(*) as event_count
    from arrivals
    group by basis, arrived_at, event_date
),

runs as (
    select
        basis,
        arrived_at,
        cast(max(as_of) as date) as as_of_date,
        max(event_date) as newest_date
    from arrivals
    where as_of is not null
    group by basis, arrived_at
),

-- a lookback rewrites its dates in each run, whether they changed or not
rewritten as (
    select
        choices.basis,
        choices.caught_percent,
        runs.arrived_at,
        known.event_date,
        sum(known.event_count) as row_count
    from choices
    inner join runs
        on choices.basis = runs.basis
    inner join counted as known
        on
            runs.basis = known.basis
            and runs.arrived_at >= known.arrived_at
            and runs.as_of_date - choices.lookback_days <= known.event_date
            and runs.newest_date >= known.event_date
    group by choices.basis, choices.caught_percent, runs.arrived_at, known.event_date
),

costs as (
    select
        basis,
        caught_percent,
        count(*) as date_count,
        sum(row_count) as row_count
    from rewritten
    group by basis, caught_percent
),

-- the ledger rewrites the dates that changed, and catches all
touched as (
    select
        runs.basis,
        runs.arrived_at,
        changed.event_date,
        sum(known.event_count) as row_count
    from runs
    inner join counted as changed
        on runs.basis = changed.basis and runs.arrived_at = changed.arrived_at
    inner join counted as known
        on
            changed.basis = known.basis
            and changed.event_date = known.event_date
            and changed.arrived_at >= known.arrived_at
    group by runs.basis, runs.arrived_at, changed.event_date
),

ledger_costs as (
    select
        basis,
        count(*) as date_count,
        sum(row_count) as row_count
    from touched
    group by basis
)

select
    choices.basis,
    choices.caught_percent,
    choices.lookback_days,
    choices.grace_hours,
    choices.late_event_count,
    cast(costs.date_count as bigint) as rewritten_date_count,
    cast(costs.row_count as bigint) as rewritten_row_count,
    cast(ledger_costs.date_count as bigint) as ledger_date_count,
    cast(ledger_costs.row_count as bigint) as ledger_row_count
from choices
inner join costs
    on choices.basis = costs.basis and choices.caught_percent = costs.caught_percent
inner join ledger_costs
    on choices.basis = ledger_costs.basis
order by choices.basis, choices.caught_percent
