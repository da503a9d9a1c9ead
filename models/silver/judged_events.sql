-- one row per bronze row: its typed envelope and the verdict on it
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['load_id', 'file_name', 'line_number'],
) }}
{%- set names = {
    'event_id': 'sent_event_id',
    'event_time': 'event_time_text',
    'src_ts': 'src_ts_text',
    'schema_version': 'schema_version_text',
} %}
{%- set columns = [
    'load_id', 'file_name', 'line_number', 'received_at', 'verdict', 'reason', 'watermark', 'event_id',
    'event_name', 'event_time', 'event_date', 'src_ts', 'user_id', 'anonymous_id', 'schema_version',
    'source_system', 'app_version', 'platform', 'country_code', 'page_url', 'properties',
    'context_json',
] | join(', ') %}

with loads as (
    select *
    from {{ ref('loads') }}
    where {{ is_load_to_replay() }}
),

landings as (
    select
        load_id,
        watermark_delay_seconds,
        allowed_lateness_seconds
    from loads
    where load_kind = 'landing'
),

landed as (
    select
        load_id,
        file_name,
        line_number,
        received_at,
        payload,
        payload_bytes is null as is_utf8,
        {{ is_json('payload') }} as is_json
    from {{ ref('raw_events') }}
    where {{ is_new_load() }} and load_id in (select landings.load_id from landings)
),

recognised as (
    select
        *,
        is_json and {{ is_json_object('payload') }} as is_object
    from landed
),

-- the only place where a payload is parsed
parsed as (
    select
        *,
        case
            when is_object then {{ envelope_texts('payload') }}
        end as texts
    from recognised
),

named as (
    select
        {% for field in var('envelope') -%}
        {{ envelope_field('texts', field) }} as {{ names.get(field, field) }},
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

typed as (
    select
        *,
        {{ timestamp_from_text('event_time_text') }} as event_time,
        {{ timestamp_from_text('src_ts_text') }} as src_ts,
        {{ schema_version_from_text('schema_version_text') }} as schema_version
    from named
),

reasoned as (
    select
        *,
        {{ reject_reason() }} as reason
    from typed
),

identified as (
    select
        *,
        case
            when reason is not null then sent_event_id
            else coalesce(sent_event_id, {{ stable_event_id([
                'user_id',
                'anonymous_id',
                'event_name',
                'cast(' ~ micros_from_timestamp('event_time') ~ ' as varchar)',
                'properties',
            ]) }})
        end as event_id
    from reasoned
),

-- narrow: which rows to call duplicates is found without moving the payloads
candidates as (
    select event_id, load_id, file_name, line_number
    from identified
    where reason is null
),

repeats as (
    {{ deduplicate(
        'candidates',
        key='event_id',
        order_by='load_id, file_name, line_number',
        keep='repeats'
    ) }}
),

{% if is_incremental() -%}
known_ids as (
    select event_id
    from {{ this }}
    where verdict in ('accepted', 'late') and event_id in (select event_id from candidates)
),

-- the newest event of the loads before: of the last of them, or what that one was compared with
newest_known as (
    select
        greatest(
            max(known.watermark + landings.watermark_delay_seconds * interval '1 second'),
            max(case
                when known.verdict in ('accepted', 'late')
                    then least(known.event_time, known.received_at)
            end)
        ) as event_time
    from {{ this }} as known
    inner join landings
        on known.load_id = landings.load_id
    where known.load_id = (select max(load_id) from {{ this }})
),
{%- else -%}
known_ids as (
    select cast(null as varchar) as event_id
    where false
),

newest_known as (
    select cast(null as timestamp) as event_time
),
{%- endif %}

compared as (
    select
        identified.*,
        known_ids.event_id is not null or repeats.line_number is not null as is_repeat
    from identified
    left join repeats
        on
            identified.load_id = repeats.load_id
            and identified.file_name = repeats.file_name
            and identified.line_number = repeats.line_number
    left join known_ids
        on identified.event_id = known_ids.event_id
),

-- a clock that runs ahead must not make the others late: no event is newer than its arrival
newest_by_load as (
    select
        load_id,
        max(case
            when reason is null and not is_repeat then least(event_time, received_at)
        end) as event_time
    from compared
    group by load_id
),

watermarks as (
    select
        newest_by_load.load_id,
        greatest(
            newest_known.event_time,
            max(newest_by_load.event_time) over (
                order by newest_by_load.load_id
                rows between unbounded preceding and 1 preceding
            )
        ) - landings.watermark_delay_seconds * interval '1 second' as watermark,
        landings.allowed_lateness_seconds * interval '1 second' as allowed_lateness
    from newest_by_load
    cross join newest_known
    inner join landings
        on newest_by_load.load_id = landings.load_id
),

reconciliations as (
    select load_id
    from loads
    where load_kind = 'reconciliation'
),

judged as (
    select
        compared.*,
        cast(compared.event_time as date) as event_date,
        compared.payload as context_json,
        watermarks.watermark,
        case
            when compared.reason is not null then 'rejected'
            when compared.is_repeat then 'duplicate'
            when compared.event_time < watermarks.watermark - watermarks.allowed_lateness
                then 'late'
            else 'accepted'
        end as verdict
    from compared
    inner join watermarks
        on compared.load_id = watermarks.load_id
),

-- new rows, and rows put aside before that a reconciliation lets in
to_admit as (
    select {{ columns }}
    from judged
    {%- if is_incremental() %}
    union all
    select {{ columns }}
    from {{ this }}
    where verdict = 'late' and load_id < (select coalesce(max(load_id), 0) from reconciliations)
    {%- endif %}
),

late_loads as (
    select distinct load_id
    from to_admit
    where verdict = 'late'
),

admissions as (
    select
        late_loads.load_id,
        min(reconciliations.load_id) as admitted_load_id
    from late_loads
    inner join reconciliations
        on late_loads.load_id < reconciliations.load_id
    group by late_loads.load_id
)

select
    to_admit.load_id,
    to_admit.file_name,
    to_admit.line_number,
    to_admit.received_at,
    case
        when to_admit.verdict = 'late' and admissions.admitted_load_id is not null then 'accepted'
        else to_admit.verdict
    end as verdict,
    to_admit.reason,
    to_admit.watermark,
    case to_admit.verdict
        when 'accepted' then to_admit.load_id
        when 'late' then admissions.admitted_load_id
    end as admitted_load_id,
    to_admit.event_id,
    to_admit.event_name,
    to_admit.event_time,
    to_admit.event_date,
    to_admit.src_ts,
    to_admit.user_id,
    to_admit.anonymous_id,
    to_admit.schema_version,
    to_admit.source_system,
    to_admit.app_version,
    to_admit.platform,
    to_admit.country_code,
    to_admit.page_url,
    to_admit.properties,
    to_admit.context_json
from to_admit
left join admissions
    on to_admit.load_id = admissions.load_id
-- rows of one date and user lie together, so that reading some dates skips the others
order by
    to_admit.event_date,
    coalesce(to_admit.user_id, to_admit.anonymous_id),
    to_admit.event_time,
    to_admit.event_id
