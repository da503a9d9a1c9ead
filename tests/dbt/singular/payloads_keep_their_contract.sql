-- a row for each kind of value of the newest load that does not fit its typed event table, or is
-- missing there
{{ config(severity='warn') }}

select
    event_name,
    table_name,
    column_name,
    misfit,
    expected_type,
    count(*) as violation_count,
    min(raw_value) as example
from {{ ref('contract_violations') }}
where
    load_id >= (
        select max(loads.load_id)
        from {{ ref('loads') }} as loads
        where loads.load_kind = 'landing'
    )
group by event_name, table_name, column_name, misfit, expected_type
order by event_name, table_name, column_name, misfit
