-- one row per bronze row: its typed envelope and the verdict on it
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['load_id', 'file_name', 'line_number'],
    event_time='event_date',
) }}
{%- set names = {
    'event_id': 'sent_event_id',
    'event_name': 'sent_event_name',
    'event_time': 'event_time_text',
    'src_ts': 'src_ts_text',
    'schema_version': 'schema_version_text',
} %}
{%- set columns = [
    'load_id', 'file_name', 'line_number', 'received_at', 'verdict', 'reason', 'watermark',
    'admitted_load_id', 'renamed_load_id', 'changed_load_id', 'event_id', 'event_name',
    'sent_event_name', 'event_time', 'event_date', 'src_ts', 'user_id', 'anonymous_id', 'schema_version',
    'source_system', 'app_version', 'platform', 'country_code', 'page_url', 'properties',
    'context_json',
] %}
{#- What a line says for itself: known once it is parsed. -#}
{%- set said = [
    'load_id', 'file_name', 'line_number', 'received_at', 'sent_event_id', 'sent_event_name',
    'event_time', 'src_ts', 'user_id', 'anonymous_id', 'schema_version', 'source_system',
    'app_version', 'platform', 'country_code', 'page_url', 'properties', 'context_json',
] %}

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

-- inlined down to `registered`, which is read for the keys and for the rows: to parse all payloads
-- once more costs less than to keep them in memory meanwhile
landed as {{ inlined() }} (
    select
        load_id,
        file_name,
        line_number,
        received_at,
        payload,
        payload_bytes is null as is_utf8,
        {{ is_json('payload') }} as is_json
    from {{ ref('raw_events') }}
    where
        load_id in (select landings.load_id from landings)
        and {{ 'true' if is_repair() else is_new_load() }}
),

recognised as {{ inlined() }} (
    select
        *,
        is_json and {{ is_json_object('payload') }} as is_object
    from landed
),

-- the only place where a payload is parsed
parsed as {{ inlined() }} (
    select
        *,
        case
            when is_object then {{ envelope_members('payload') }}
        end as members
    from recognised
),

named as {{ inlined() }} (
    select
        {% for field in setting('envelope') -%}
        {{ envelope_field(field, 'members', 'payload') }} as {{ names.get(field, field) }},
        {% endfor -%}
        load_id,
        file_name,
        line_number,
        received_at,
        payload,
        is_utf8,
        is_json,
        is_object
    from parsed
),

typed as {{ inlined() }} (
    select
        *,
        {{ timestamp_from_text('event_time_text') }} as event_time,
        {{ timestamp_from_text('src_ts_text') }} as src_ts,
        {{ schema_version_from_text('schema_version_text') }} as schema_version
    from named
),

reasoned as {{ inlined() }} (
    select
        *,
        payload as context_json,
        {{ reject_reason() }} as own_reason
    from typed
),

-- what each name stood for when, and what it stands for today
registrations as (
    select
        *,
        coalesce(lead(load_id) over (
            partition by sent_event_name
            order by load_id
        ), 9223372036854775807) as next_load_id,
        event_name <> coalesce(
            lag(event_name) over (
                partition by sent_event_name
                order by load_id
            ),
            sent_event_name
        )
        or coalesce(contract, '') <> coalesce(
            lag(contract) over (
                partition by sent_event_name
                order by load_id
            ),
            ''
        ) as is_redefinition
    from {{ ref('registrations') }}
    where {{ is_load_to_replay() }}
),

names as (
    select
        sent_event_name,
        max_by(event_name, load_id) as event_name,
        max(case when is_redefinition then load_id end) as renamed_load_id,
        max(load_id) as load_id
    from registrations
    group by sent_event_name
),

{% if is_incremental() and not is_repair() -%}
seen as (
    select
        max(load_id) as landing_id,
        greatest(
            max(load_id), coalesce(max(admitted_load_id), 0), coalesce(max(renamed_load_id), 0)
        ) as load_id
    from {{ this }}
),

new_names as (
    select names.*
    from names
    inner join seen
        on names.load_id > seen.load_id
),

-- rows on which a reconciliation or a registration since then has a say
reopened as (
    select known.*
    from {{ this }} as known
    inner join landings
        on known.load_id = landings.load_id
    where known.verdict = 'late' and landings.reconciliation_id is not null
    union all
    select known.*
    from {{ this }} as known
    inner join new_names
        on known.sent_event_name = new_names.sent_event_name
    inner join landings
        on known.load_id = landings.load_id
    where
        not (known.verdict = 'late' and landings.reconciliation_id is not null)
        and (
            {{ is_set_aside('known.reason', 'known.schema_version') }}
            or new_names.renamed_load_id is distinct from known.renamed_load_id
        )
),

{% endif -%}
lines as {{ inlined() }} (
    select
        {{ said | join(', ') }},
        own_reason,
        cast(null as timestamp) as known_watermark,
        false as is_known
    from reasoned
    {%- if is_incremental() and not is_repair() %}
    union all
    select
        {{ said | join(', ') | replace('sent_event_id', 'event_id') }},
        case when not {{ is_set_aside('reason', 'schema_version') }} then reason end as own_reason,
        watermark as known_watermark,
        true as is_known
    from reopened
    {%- endif %}
),

-- by what was registered when the line came
registered as {{ inlined() }} (
    select
        lines.*,
        coalesce(names.event_name, lines.sent_event_name) as event_name,
        case when names.renamed_load_id > lines.load_id then names.renamed_load_id end
            as renamed_load_id,
        coalesce(lines.own_reason, {{ set_aside_reason(
            'registrations.kind', 'registrations.schema_versions', 'lines.schema_version'
        ) }}) as reason_on_arrival,
        case
            when lines.own_reason is null then coalesce(lines.sent_event_id, {{ stable_event_id([
                'lines.user_id',
                'lines.anonymous_id',
                'lines.sent_event_name',
                'cast(' ~ micros_from_timestamp('lines.event_time') ~ ' as varchar)',
                'lines.properties',
            ]) }})
        end as stable_event_id
    from lines
    left join names
        on lines.sent_event_name = names.sent_event_name
    left join registrations
        on
            lines.sent_event_name = registrations.sent_event_name
            and lines.load_id >= registrations.load_id
            and lines.load_id < registrations.next_load_id
),

-- narrow: which line an event came first by is found without moving the payloads
keys as (
    select
        load_id,
        file_name,
        line_number,
        received_at,
        sent_event_name,
        schema_version,
        stable_event_id as event_id,
        event_time,
        reason_on_arrival is not null as is_set_aside
    from registered
    where own_reason is null
),

-- what was set aside is let in by the first registration that has room for it
readmissions as (
    select
        set_aside.sent_event_name,
        set_aside.schema_version,
        set_aside.load_id,
        min(registrations.load_id) as readmission_id
    from (
        select distinct sent_event_name, schema_version, load_id
        from keys
        where is_set_aside
    ) as set_aside
    inner join registrations
        on
            set_aside.sent_event_name = registrations.sent_event_name
            and set_aside.load_id < registrations.load_id
    where
        {{ set_aside_reason(
            'registrations.kind', 'registrations.schema_versions', 'set_aside.schema_version'
        ) }} is null
    group by set_aside.sent_event_name, set_aside.schema_version, set_aside.load_id
),

{% if is_incremental() and not is_repair() -%}
known_arrivals as (
    select event_id, load_id, file_name, line_number, event_time, received_at
    from {{ this }}
    where
        verdict in ('accepted', 'late')
        and event_id in ({{ few('keys.event_id', 'keys') }})
),

{% endif -%}
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
    {%- if is_incremental() and not is_repair() %}
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

-- to count numbers first, which takes in a few ids too many, is cheaper than to sort all texts
repeated_hashes as (
    select {{ row_hash(['event_id']) }} as id_hash
    from arrivals
    group by id_hash
    having count(*) > 1
),

repeated_arrivals as (
    select *
    from arrivals
    where
        {{ row_hash(['event_id']) }} in (
            select repeated_hashes.id_hash from repeated_hashes
        )
),

repeats as (
    {{ deduplicate(
        'repeated_arrivals',
        key='event_id',
        order_by='eligible_load_id, load_id, file_name, line_number',
        keep='repeats'
    ) }}
),

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
    {%- if is_incremental() and not is_repair() %}
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

-- a clock that runs ahead must not make the others late: no event is newer than its arrival
newest as (
    select
        load_id,
        max(least(event_time, received_at)) as event_time
    from first_arrivals
    group by load_id
),

watermarks as (
    select
        loads.load_id,
        max(newest.event_time) over (
            order by loads.load_id
            rows between unbounded preceding and 1 preceding
        ) - loads.watermark_delay as watermark,
        loads.allowed_lateness,
        loads.reconciliation_id
    from loads
    left join newest
        on loads.load_id = newest.load_id
),

identified as (
    select
        registered.*,
        case when readmissions.load_id is null then registered.reason_on_arrival end as reason,
        coalesce(readmissions.readmission_id, registered.load_id) as eligible_load_id
    from registered
    left join readmissions
        on
            registered.own_reason is null
            and registered.sent_event_name = readmissions.sent_event_name
            and registered.schema_version = readmissions.schema_version
            and registered.load_id = readmissions.load_id
),

watched as (
    select
        identified.*,
        case
            when identified.reason is null then identified.stable_event_id
            else identified.sent_event_id
        end as event_id,
        -- one that can't be true would widen the range of dates of each block of rows
        case
            when not {{ is_in_future('identified.event_time', 'identified.received_at') }}
                then cast(identified.event_time as date)
        end as event_date,
        case when identified.is_known then identified.known_watermark else watermarks.watermark end
            as watermark,
        watermarks.allowed_lateness,
        watermarks.reconciliation_id,
        repeats.line_number is not null as is_repeat
    from identified
    left join repeats
        on
            identified.load_id = repeats.load_id
            and identified.file_name = repeats.file_name
            and identified.line_number = repeats.line_number
    inner join watermarks
        on identified.load_id = watermarks.load_id
),

judged as (
    select
        *,
        case
            when reason is not null then 'rejected'
            when is_repeat then 'duplicate'
            -- what was set aside is not late on top of it
            when eligible_load_id = load_id and event_time < watermark - allowed_lateness
                then 'late'
            else 'accepted'
        end as verdict_on_arrival
    from watched
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
),

dated as (
    select
        *,
        greatest(
            coalesce(admitted_load_id, eligible_load_id), coalesce(renamed_load_id, 0)
        ) as changed_load_id
    from admitted
)

select {{ columns | join(', ') }}
from dated
{%- if is_repair() %}
where
    {{ load_window('event_date') }}
    or {{ is_new_load('admitted_load_id') }}
    or {{ is_new_load('renamed_load_id') }}
{%- endif %}
