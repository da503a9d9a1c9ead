-- one row per bronze row: its typed envelope and the verdict on it
{{ config(materialized='incremental', incremental_strategy='append') }}
{%- set to_be_typed = ['event_time', 'src_ts', 'schema_version'] %}

with landed as (
    select
        load_id,
        file_name,
        line_number,
        received_at,
        payload,
        payload_bytes is null as is_utf8,
        {{ is_json('payload') }} as is_json
    from {{ ref('raw_events') }}
    where {{ is_new_load() }}
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
        {{ envelope_field('texts', field) }} as {{ field }}{{ '_text' if field in to_be_typed }},
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
            when reason is not null then event_id
            else coalesce(event_id, {{ stable_event_id([
                'user_id',
                'anonymous_id',
                'event_name',
                'cast(' ~ micros_from_timestamp('event_time') ~ ' as varchar)',
                'properties',
            ]) }})
        end as known_as
    from reasoned
),

-- narrow: which rows to call duplicates is found without moving the payloads
candidates as (
    select known_as, load_id, file_name, line_number
    from identified
    where reason is null
),

repeats as (
    {{ deduplicate(
        'candidates',
        key='known_as',
        order_by='load_id, file_name, line_number',
        keep='repeats'
    ) }}
),

{% if is_incremental() -%}
accepted_before as (
    select event_id
    from {{ this }}
    where verdict = 'accepted' and event_id in (select known_as from candidates)
),
{%- else -%}
accepted_before as (
    select cast(null as varchar) as event_id
    where false
),
{%- endif %}

judged as (
    select
        identified.*,
        case
            when identified.reason is not null then 'rejected'
            when accepted_before.event_id is not null then 'duplicate'
            when repeats.line_number is not null then 'duplicate'
            else 'accepted'
        end as verdict
    from identified
    left join repeats
        on
            identified.load_id = repeats.load_id
            and identified.file_name = repeats.file_name
            and identified.line_number = repeats.line_number
    left join accepted_before
        on identified.known_as = accepted_before.event_id
)

select
    load_id,
    file_name,
    line_number,
    received_at,
    verdict,
    reason,
    known_as as event_id,
    event_name,
    event_time,
    cast(event_time as date) as event_date,
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
    payload as context_json
from judged
-- rows of one date and user lie together, so that reading some dates skips the others
order by event_date, coalesce(user_id, anonymous_id), event_time, event_id
