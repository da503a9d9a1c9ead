-- a row for each kind of value that does not fit its typed event table, or is missing there
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
group by event_name, table_name, column_name, misfit, expected_type
order by event_name, table_name, column_name, misfit
