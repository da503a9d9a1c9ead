-- one row per load: a run that landed lines, registered names or let late events in
{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with landings as (
    select distinct load_id, received_at
    from {{ ref('raw_events') }}
    where {{ is_new_load() }}
)

select
    load_id,
    'landing' as load_kind,
    received_at,
    -- the policy is written down with the load that it judges, so that a rebuild repeats it
    cast({{ seconds_of_setting('watermark_delay') }} as bigint) as watermark_delay_seconds,
    cast({{ seconds_of_setting('allowed_lateness') }} as bigint) as allowed_lateness_seconds
from landings
union all
-- what was registered with the first landing is part of it
select distinct
    load_id,
    'registration' as load_kind,
    received_at,
    cast(null as bigint) as watermark_delay_seconds,
    cast(null as bigint) as allowed_lateness_seconds
from {{ ref('registrations') }}
where {{ is_new_load() }} and load_id > 1
{%- if setting('reconcile') %}
union all
select
    {{ next_load_id(ref('raw_events')) }} as load_id,
    'reconciliation' as load_kind,
    {{ run_start() }} as received_at,
    cast(null as bigint) as watermark_delay_seconds,
    cast(null as bigint) as allowed_lateness_seconds
{%- endif %}
