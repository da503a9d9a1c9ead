-- one row per name and registration: what the name stood for, and during which loads
{{ config(materialized='view') }}

-- rendered, for `dbt run --empty` would leave a view in which nothing is registered
with registrations as (
    select
        *,
        coalesce(lag(event_name) over registrations_before, sent_event_name) as event_name_before,
        coalesce(lag(contract) over registrations_before, '') as contract_before,
        lead(load_id) over registrations_before as valid_to_load_id
    from {{ ref('registrations').render() }}
    where {{ is_load_to_replay() }}
    window
        registrations_before as (
            partition by sent_event_name
            order by load_id
        )
)

select
    sent_event_name,
    event_name,
    kind,
    schema_versions,
    load_id as valid_from_load_id,
    valid_to_load_id,
    event_name <> event_name_before or coalesce(contract, '') <> contract_before as is_redefinition
from registrations
