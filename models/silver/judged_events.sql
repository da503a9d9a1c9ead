-- one row per bronze row: its typed envelope and the verdict on it
{#- Each rule of a verdict is a macro in macros/verdicts: which lines are no events (reject_reason,
    is_in_future), what waits for a registration (set_aside_reason, readmissions), which duplicate
    counts (first_received_wins), and what is late (watermarks, is_too_late). -#}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['load_id', 'file_name', 'line_number'],
    event_time='event_date',
) }}
{%- set place = ['load_id', 'file_name', 'line_number'] %}
{#- What a line says for itself: known once it is parsed. -#}
{%- set said = place + [
    'received_at', 'sent_event_name', 'event_time', 'src_ts', 'user_id', 'anonymous_id',
    'schema_version', 'source_system', 'app_version', 'platform', 'country_code', 'page_url',
    'properties', 'context_json',
] %}
{#- A repair judges all lines anew, as a first build does. -#}
{%- set is_update = is_incremental() and not is_repair() %}

with loads as (
    select
        load_id,
        load_kind,
        watermark_delay_seconds * interval '1 second' as watermark_delay,
        allowed_lateness_seconds * interval '1 second' as allowed_lateness,
        -- what waits in late_events is let in by the next reconciliation
        min(case when load_kind = 'reconciliation' then load_id end) over (
            order by load_id
            rows between 1 following and unbounded following
        ) as reconciliation_id
    from {{ ref('loads') }}
    where {{ is_load_to_replay() }}
),

landings as (
    select *
    from loads
    where load_kind = 'landing'
),

name_history as (
    select *
    from {{ ref('name_history') }}
),

names_today as (
    select
        sent_event_name,
        max_by(event_name, valid_from_load_id) as event_name,
        max(case when is_redefinition then valid_from_load_id end) as renamed_load_id,
        max(valid_from_load_id) as registration_id
    from name_history
    group by sent_event_name
),

new_lines as {{ inlined() }} (
    select
        {{ place | join(', ') }},
        received_at,
        payload,
        payload_bytes
    from {{ ref('raw_events') }}
    where
        load_id in (select landings.load_id from landings)
        and {{ 'true' if is_repair() else is_new_load() }}
),

-- inlined down to `named`, which is read for the keys and for the rows: to parse all payloads once
-- more costs less than to keep them in memory meanwhile
parsed as {{ inlined() }} (
    {{ parsed_lines('new_lines') | indent }}
),

{% if is_update -%}
seen as (
    select
        max(load_id) as landing_id,
        greatest(
            max(load_id), coalesce(max(admitted_load_id), 0), coalesce(max(renamed_load_id), 0)
        ) as load_id
    from {{ this }}
),

reopened as (
    {{ reopened_lines(this, 'landings', 'names_today', 'seen') | indent }}
),

{% endif -%}
lines as {{ inlined() }} (
    select
        {{ said | join(', ') }},
        sent_event_id,
        reject_reason,
        cast(null as timestamp) as known_watermark,
        false as is_known
    from parsed
    {%- if is_update %}
    union all
    select
        {{ said | join(', ') }},
        event_id as sent_event_id,
        case when not {{ is_set_aside('reason', 'schema_version') }} then reason end
            as reject_reason,
        watermark as known_watermark,
        true as is_known
    from reopened
    {%- endif %}
),

-- what the name stands for today, and what it was registered as when the line came
named as {{ inlined() }} (
    select
        lines.*,
        coalesce(names_today.event_name, lines.sent_event_name) as event_name,
        case when names_today.renamed_load_id > lines.load_id then names_today.renamed_load_id end
            as renamed_load_id,
        coalesce(lines.reject_reason, {{ set_aside_reason(
            'names_then.kind', 'names_then.schema_versions', 'lines.schema_version'
        ) }}) as reason_on_arrival
    from lines
    left join names_today
        on lines.sent_event_name = names_today.sent_event_name
    left join name_history as names_then
        on
            lines.sent_event_name = names_then.sent_event_name
            and lines.load_id >= names_then.valid_from_load_id
            and lines.load_id < coalesce(names_then.valid_to_load_id, 9223372036854775807)
),

-- narrow: which line an event came first by is found without moving the payloads, but of events
-- that were sent without an id
sent_keys as (
    select
        {{ place | join(', ') }},
        received_at,
        sent_event_name,
        schema_version,
        sent_event_id,
        event_time,
        reason_on_arrival is not null as is_set_aside,
        case when sent_event_id is null then context_json end as unidentified
    from named
    where reject_reason is null
),

stable_ids as (
    select
        {{ place | join(', ') }},
        {{ stable_event_id('unidentified') | indent }} as event_id
    from sent_keys
    where unidentified is not null
),

keys as (
    select
        sent_keys.load_id,
        sent_keys.file_name,
        sent_keys.line_number,
        sent_keys.received_at,
        sent_keys.sent_event_name,
        sent_keys.schema_version,
        sent_keys.event_time,
        sent_keys.is_set_aside,
        coalesce(sent_keys.sent_event_id, stable_ids.event_id) as event_id
    from sent_keys
    left join stable_ids
        on
            sent_keys.load_id = stable_ids.load_id
            and sent_keys.file_name = stable_ids.file_name
            and sent_keys.line_number = stable_ids.line_number
),

set_aside as (
    select distinct
        sent_event_name,
        schema_version,
        load_id
    from keys
    where is_set_aside
),

readmissions as (
    {{ readmissions('set_aside', 'name_history') | indent }}
),

{% if is_update -%}
known_arrivals as (
    select event_id, {{ place | join(', ') }}, event_time, received_at
    from {{ this }}
    where
        verdict in ('accepted', 'late')
        and event_id in ({{ few('keys.event_id', 'keys') }})
),

{% endif -%}
-- the lines that have, or would have, made an event of an id
arrivals as {{ inlined() }} (
    select
        keys.event_id,
        coalesce(readmissions.readmission_id, keys.load_id) as eligible_load_id,
        keys.load_id,
        keys.file_name,
        keys.line_number,
        keys.event_time,
        keys.received_at
    from keys
    left join readmissions
        on
            keys.sent_event_name = readmissions.sent_event_name
            and keys.schema_version = readmissions.schema_version
            and keys.load_id = readmissions.load_id
    where not keys.is_set_aside or readmissions.load_id is not null
    {%- if is_update %}
    union all
    -- among the known rows of an id, one counts: which load made it eligible does not matter
    select
        known.event_id, known.load_id as eligible_load_id, known.load_id, known.file_name,
        known.line_number, known.event_time, known.received_at
    from known_arrivals as known
    left join reopened
        on
            known.load_id = reopened.load_id
            and known.file_name = reopened.file_name
            and known.line_number = reopened.line_number
    where reopened.load_id is null
    {%- endif %}
),

repeats as (
    {{ first_received_wins('arrivals') | indent }}
),

-- what moves the watermark, of the loads for which that is not known yet
first_arrivals as (
    select arrivals.eligible_load_id as load_id, arrivals.event_time, arrivals.received_at
    from arrivals
    left join repeats
        on
            arrivals.load_id = repeats.load_id
            and arrivals.file_name = repeats.file_name
            and arrivals.line_number = repeats.line_number
    where
        repeats.line_number is null
        -- of the newest load, the watermark moves with the next one
        and arrivals.eligible_load_id < (select max(loads.load_id) from loads)
    {%- if is_update %}
    union all
    select load_id, event_time, received_at
    from {{ this }}
    where verdict in ('accepted', 'late') and load_id = (select seen.landing_id from seen)
    union all
    select admitted_load_id as load_id, event_time, received_at
    from {{ this }}
    where admitted_load_id > (select seen.landing_id from seen)
    union all
    -- what the newest event was until then
    select
        known.load_id,
        known.watermark + landings.watermark_delay as event_time,
        known.watermark + landings.watermark_delay as received_at
    from {{ this }} as known
    inner join landings
        on known.load_id = landings.load_id
    where known.load_id = (select seen.landing_id from seen)
    {%- endif %}
),

watermarks as (
    {{ watermarks('loads', 'first_arrivals') | indent }}
),

eligible as (
    select
        named.*,
        -- what a registration made room for is rejected no more
        case when readmissions.load_id is null then named.reason_on_arrival end as reason,
        coalesce(readmissions.readmission_id, named.load_id) as eligible_load_id
    from named
    left join readmissions
        on
            named.reject_reason is null
            and named.sent_event_name = readmissions.sent_event_name
            and named.schema_version = readmissions.schema_version
            and named.load_id = readmissions.load_id
),

compared as (
    select
        eligible.*,
        case
            when eligible.reason is null then coalesce(eligible.sent_event_id, stable_ids.event_id)
            else eligible.sent_event_id
        end as event_id,
        -- one that can't be true would widen the range of dates of each block of rows
        case
            when not {{ is_in_future('eligible.event_time', 'eligible.received_at') }}
                then cast(eligible.event_time as date)
        end as event_date,
        case when eligible.is_known then eligible.known_watermark else watermarks.watermark end
            as watermark,
        watermarks.allowed_lateness,
        watermarks.reconciliation_id,
        repeats.line_number is not null as is_repeat
    from eligible
    left join stable_ids
        on
            eligible.load_id = stable_ids.load_id
            and eligible.file_name = stable_ids.file_name
            and eligible.line_number = stable_ids.line_number
    left join repeats
        on
            eligible.load_id = repeats.load_id
            and eligible.file_name = repeats.file_name
            and eligible.line_number = repeats.line_number
    inner join watermarks
        on eligible.load_id = watermarks.load_id
),

judged as (
    select
        *,
        case
            when reason is not null then 'rejected'
            when is_repeat then 'duplicate'
            -- what waited for a registration is not late on top of it
            when
                eligible_load_id = load_id
                and {{ is_too_late('event_time', 'watermark', 'allowed_lateness') }}
                then 'late'
            else 'accepted'
        end as verdict_on_arrival
    from compared
),

admitted as (
    select
        *,
        case
            when verdict_on_arrival = 'late' and reconciliation_id is not null then 'accepted'
            else verdict_on_arrival
        end as verdict,
        case verdict_on_arrival
            when 'accepted' then eligible_load_id
            when 'late' then reconciliation_id
        end as admitted_load_id
    from judged
)

select
    load_id,
    file_name,
    line_number,
    received_at,
    verdict,
    reason,
    watermark,
    admitted_load_id,
    renamed_load_id,
    greatest(
        coalesce(admitted_load_id, eligible_load_id), coalesce(renamed_load_id, 0)
    ) as changed_load_id,
    event_id,
    event_name,
    sent_event_name,
    event_time,
    event_date,
    src_ts,
    user_id,
    anonymous_id,
    schema_version,
    source_system,
    app_version,
    platform,
    country_code,
    page_url,
    properties,
    context_json
from admitted
{%- if is_repair() %}
where
    {{ load_window('event_date') }}
    or {{ is_new_load('admitted_load_id') }}
    or {{ is_new_load('renamed_load_id') }}
{%- endif %}
