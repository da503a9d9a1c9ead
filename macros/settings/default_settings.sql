{#- What holds where a project's vars say nothing: every setting, its default and what it means. A
    package's own vars are not seen where another project calls its macros, so they stand here. -#}
{% macro default_settings() -%}
{%- set settings = {} -%}

{#- Where the envelope is found in an event's JSON: keys of the top level (or JSON paths, starting
    with $) by field. The first that is there, not null and not blank wins. -#}
{%- do settings.update({'envelope': {
    'event_id': ['event_id', 'messageId', 'id'],
    'event_name': ['event_name', 'event_type', 'event', 'type'],
    'event_time': [
        'event_time', 'event_timestamp', 'timestamp_utc', 'timestamp', 'occurred_at', 'time',
    ],
    'user_id': ['user_id', 'userId', 'actor_id', 'customer_id'],
    'anonymous_id': ['anonymous_id', 'anonymousId'],
    'src_ts': ['src_ts', 'sent_at', 'sentAt'],
    'source_system': ['source_system', 'source'],
    'schema_version': ['schema_version'],
    'app_version': ['app_version'],
    'platform': ['platform'],
    'country_code': ['country_code'],
    'page_url': ['page_url'],
    'properties': ['properties', 'payload', 'data'],
}}) -%}

{#- An event that was sent without an id is known by all that was sent, in whatever order, besides
    these keys of the top level, which tell of the sending: it may be sent again. -#}
{%- do settings.update({'sending_fields': [
    'src_ts', 'sent_at', 'sentAt', 'received_at', 'receivedAt', 'uploaded_at', 'upload_time',
    'ingested_at', 'loaded_at', 'client_upload_time', 'server_upload_time', 'server_received_time',
    'processed_time', 'mp_processing_time_ms', 'dvce_sent_tstamp', 'collector_tstamp', 'etl_tstamp',
    'load_tstamp',
]}) -%}

{#- The keys or JSON paths that make such an event what it is, if not all that was sent. -#}
{%- do settings.update({'event_id_fields': none}) -%}

{#- A folder into which `durable-events land-lines` writes the new lines of the landing folder, for
    dbt to take them from there; null: dbt reads the landing folder by itself. -#}
{%- do settings.update({'landed_lines': none}) -%}

{#- An event whose time is further than this after it was received is rejected. A day leaves room
    for local time sent as UTC. -#}
{%- do settings.update({'clock_skew_tolerance_hours': 24}) -%}

{#- How far the watermark stays behind the newest event of the loads before, such as '1 hour'. An
    event older than the watermark is late. -#}
{%- do settings.update({'watermark_delay': 0}) -%}

{#- What happens to a late event: null reopens the dates it belongs to, however old; 0 has it wait
    in late_events; a duration such as '2 days' reopens for so long, and has the rest wait. -#}
{%- do settings.update({'allowed_lateness': none}) -%}

{#- true: admit all that waits in late_events, as a load of its own: `durable-events reconcile`. -#}
{%- do settings.update({'reconcile': false}) -%}

{#- Rebuild silver and gold as they were after this load: `durable-events replay` sets it. -#}
{%- do settings.update({'as_of_load': none}) -%}

{#- Which number of daily_event_counts to trace: analyses/trace_event_count.sql. -#}
{%- do settings.update({'event_date': none, 'event_name': none}) -%}

{#- A pause of more than this between two events of a user starts a session. -#}
{%- do settings.update({'session_gap_minutes': 30}) -%}

{#- Which events tell, by a user id and an anonymous id, that the user is on that device: a list of
    names; null: every event that has both. -#}
{%- do settings.update({'identifying_events': none}) -%}

{#- What the quality triggers (models/gold/event_quality_findings.sql) call unusual. An event can
    have bounds of its own, under its name. -#}
{%- do settings.update({'quality_bounds': {'default': {
    'deviations': 6,
    'volume_percent': 50,
    'share_points': 10,
    'event_count': 20,
    'line_count': 100,
    'silence_chance': 0.0001,
}}}) -%}
{#- `deviations`, `volume_percent`, `share_points`: nothing within so many standard deviations (by
    the median deviation) of the median is unusual, nor within so many percent of the events that a
    weekday usually has, nor within so many points of the percentage of lines that usually have the
    fault. `event_count`: an event of less than so many a day has no unusual volume, does not vanish
    and is not new. `line_count`: a share is judged of at least so many lines or events of a day.
    `silence_chance`: an event is not fresh if the chance of so many days without it is lower. -#}

{#- The events that move money, for the block money_entries. `book`: what they are added up with.
    `sign`: 1 counts the amount as it was sent, -1 takes it off. `key`: what an original shares with
    what compensates it. `compensates`: it takes back or changes an original, which it names by its
    key or by `corrects_event_id`. `account`: what names the account, if the book has accounts.
    `amount`, `currency`: where they are, if not in properties of these names; a number as `amount`
    is what each such event counts. All these are properties, by name or by JSON path. -#}
{%- do settings.update({'money_events': {}}) -%}

{#- How often account balances are noted down: at the end of each day, week (on Sunday) or month. -#}
{%- do settings.update({'balance_snapshot_period': 'day'}) -%}

{#- How many of the newest complete days two versions of an event are compared over, and by how many
    percent any of these days may differ: of its keys, those that one version lacks, those that a
    version has more than once, and of those in both, the modified; and what a metric adds up to. -#}
{%- do settings.update({
    'comparison_days': 30,
    'comparison_max_missing_percent': 1,
    'comparison_max_repeated_percent': 0,
    'comparison_max_modified_percent': 1,
    'comparison_max_difference_percent': 1,
}) -%}

{{ return(settings) }}
{%- endmacro %}
