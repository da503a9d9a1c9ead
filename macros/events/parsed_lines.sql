{#- What each of some landed lines says for itself. The only place where a payload is parsed. -#}
{% macro parsed_lines(landed) -%}
{%- set texts = {
    'event_id': 'sent_event_id',
    'event_name': 'sent_event_name',
    'event_time': 'event_time_text',
    'src_ts': 'src_ts_text',
    'schema_version': 'schema_version_text',
} -%}
with recognised as (
    select
        *,
        payload_bytes is null as is_utf8,
        is_json and {{ durable_events.is_json_object('payload') }} as is_object
    from (
        select
            *,
            {{ durable_events.is_json('payload') }} as is_json
        from {{ landed }}
    ) as landed
),

parsed as (
    select
        *,
        case
            when is_object then {{ durable_events.envelope_members('payload') }}
        end as members
    from recognised
),

named as (
    select
        {% for field in durable_events.setting('envelope') -%}
        {{ durable_events.envelope_field(field, 'members', 'payload') }}
            as {{ texts.get(field, field) }},
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
        {{ durable_events.timestamp_from_text('event_time_text') }} as event_time,
        {{ durable_events.timestamp_from_text('src_ts_text') }} as src_ts,
        {{ durable_events.schema_version_from_text('schema_version_text') }} as schema_version
    from named
)

select
    *,
    payload as context_json,
    {{ durable_events.reject_reason() }} as reject_reason
from typed
{%- endmacro %}
