-- one row per event date: the newest load that touched the comparison of checkouts on it
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key='event_date',
    event_time='event_date',
) }}

with touches as (
    {{ comparison_ledger(
        ref('checkout_completed', v=1), ref('checkout_completed', v=2), key='checkout_id'
    ) | indent }}
),

named as (
    select event_date, load_id
    from {{ ref('event_date_ledger') }}
    where event_name = 'checkout_completed'
),

-- a name that was given or taken back may have added checkouts to any date, or taken some from it
renamed as (
    select max(named.load_id) as load_id
    from named
    inner join {{ ref('registrations') }} as registrations
        on named.load_id = registrations.load_id
),

all_touches as (
    select event_date, load_id from touches
    union all
    select event_date, load_id from named
    union all
    select
        named.event_date,
        renamed.load_id
    from named
    cross join renamed
)

select
    event_date,
    max(load_id) as load_id
from all_touches
where event_date is not null and {{ load_window('event_date') }}
group by event_date
order by event_date
