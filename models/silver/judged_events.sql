-- one row per bronze row: its typed envelope and the verdict on it
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['load_id', 'file_name', 'line_number'],
    event_time='event_date',
) }}
{%- set names = {
    'event_id': 'sent_event_id',
    'event_time': 'event_time_text',
    'src_ts': 'src_ts_text',
    'schema_version': 'schema_version_text',
} %}
{%- set columns = [
    'load_id', 'file_name', 'line_number', 'received_at', 'verdict', 'reason', 'watermark',
    'admitted_load_id', 'event_id', 'event_name', 'event_time', 'event_date', 'src_ts', 'user_id',
    'anonymous_id', 'schema_version', 'source_system', 'app_version', 'platform', 'country_code',
    'page_url', 'properties', 'context_json',
] %}

with loads as (
    select
        *,
        -- what waits in late_events is let in by the next reconciliation
        min(case when load_kind = 'reconciliation' then load_id end) over (
            order by load_id
            rows between 1 following and unbounded following
        ) as reconciliation_id
    from {{ ref('loads') }}
    where {{ is_load_to_replay() }}
),

landings as (
    select
        load_id,
        watermark_delay_seconds * interval '1 second' as watermark_delay,
        allowed_lateness_seconds * interval '1 second' as allowed_lateness,
        reconciliation_id
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
    where
        load_id in (select landings.load_id from landings)
        and {{ 'true' if is_repair() else is_new_load() }}
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
            when is_object then {{ envelope_members('payload') }}
        end as members
    from recognised
),

named as (
    select
        {% for field in var('envelope') -%}
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

-- narrow from here on: what to call a duplicate is found without moving the payloads
arrivals as (
    select event_id, load_id, file_name, line_number, event_time, received_at
    from identified
    where reason is null
    {%- if is_incremental() and not is_repair() %}
    union all
    select event_id, load_id, file_name, line_number, event_time, received_at
    from {{ this }}
    where
        verdict in ('accepted', 'late')
        and event_id in (select identified.event_id from identified where reason is null)
    {%- endif %}
),

repeats as (
    {{ deduplicate(
        'arrivals',
        key='event_id',
        order_by='load_id, file_name, line_number',
        keep='repeats'
    ) }}
),

first_arrivals as (
    select arrivals.load_id, arrivals.event_time, arrivals.received_at
    from arrivals
    left join repeats
        on
            arrivals.load_id = repeats.load_id
            and arrivals.file_name = repeats.file_name
            and arrivals.line_number = repeats.line_number
    where repeats.line_number is null
    {%- if is_incremental() and not is_repair() %}
    union all
    select load_id, event_time, received_at
    from {{ this }}
    where
        verdict in ('accepted', 'late')
        and load_id = (select max(load_id) from {{ this }})
    union all
    -- what the newest event was until then
    select
        known.load_id,
        known.watermark + landings.watermark_delay as event_time,
        known.watermark + landings.watermark_delay as received_at
    from {{ this }} as known
    inner join landings
        on known.load_id = landings.load_id
    where known.load_id = (select max(load_id) from {{ this }})
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
        landings.load_id,
        max(newest.event_time) over (
            order by landings.load_id
            rows between unbounded preceding and 1 preceding
        ) - landings.watermark_delay as watermark,
        landings.allowed_lateness,
        landings.reconciliation_id
    from landings
    left join newest
        on landings.load_id = newest.load_id
),

judged as (
    select
        identified.*,
        identified.payload as context_json,
        cast(identified.event_time as date) as event_date,
        watermarks.watermark,
        watermarks.reconciliation_id,
        case
            when identified.reason is not null then 'rejected'
            when repeats.line_number is not null then 'duplicate'
            when identified.event_time < watermarks.watermark - watermarks.allowed_lateness
                then 'late'
            else 'accepted'
        end as verdict_on_arrival
    from identified
    left join repeats
        on
            identified.load_id = repeats.load_id
            and identified.file_name = repeats.file_name
            and identified.line_number = repeats.line_number
    inner join watermarks
        on identified.load_id = watermarks.load_id
),

admitted as (
    select
        *,
        case
            when verdict_on_arrival = 'late' and reconciliation_id is not null then 'accepted'
            else verdict_on_arrival
        end as verdict,
        case verdict_on_arrival
            when 'accepted' then load_id
            when 'late' then reconciliation_id
        end as admitted_load_id
    from judged
),

-- new rows, and rows put aside before that a reconciliation lets in
to_write as (
    select {{ columns | join(', ') }}
    from admitted
    {%- if is_incremental() and not is_repair() %}
    union all
    select
        {%- for column in columns %}
        {{ {'verdict': "'accepted'", 'admitted_load_id': 'landings.reconciliation_id'}.get(
            column, 'waiting.' ~ column
        ) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ this }} as waiting
    inner join landings
        on waiting.load_id = landings.load_id
    where waiting.verdict = 'late' and landings.reconciliation_id is not null
    {%- endif %}
)

select *
from to_write
{%- if is_repair() %}
where {{ load_window('event_date') }} or {{ is_new_load('admitted_load_id') }}
{%- endif %}
-- rows of one date and user lie together, so that reading some dates skips the others
order by event_date, coalesce(user_id, anonymous_id), event_time, event_id
