-- one row per landing, event date and event name: what came of the lines
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key='landing_load_id',
    event_time='event_date',
) }}
{%- set fields = ['app_version', 'platform', 'country_code', 'user_key'] %}
{%- set verdicts = {'event': 'accepted', 'waiting': 'late', 'duplicate': 'duplicate'} %}

with landings as (
    -- the new ones, and those with a line of which something else is said since
    select load_id
    from {{ ref('judged_events') }}
    where {{ is_new_load('changed_load_id') if not is_repair() else 'true' }}
),

lines as {{ inlined() }} (
    select
        load_id,
        file_name,
        line_number,
        cast(received_at as date) as received_date,
        verdict,
        reason,
        event_id,
        event_name,
        event_date,
        event_time < watermark as is_late,
        app_version,
        platform,
        country_code,
        coalesce(user_id, anonymous_id) as user_key,
        changed_load_id
    from {{ ref('judged_events') }}
    where load_id in ({{ few('landings.load_id', 'landings') }})
),

dates_of_files as (
    select
        load_id,
        file_name,
        event_date,
        count(*) as line_count
    from lines
    where event_date is not null
    group by load_id, file_name, event_date
),

main_dates as (
    {{ deduplicate(
        'dates_of_files', key='load_id, file_name', order_by='line_count desc, event_date desc'
    ) | indent }}
),

dated as {{ inlined() }} (
    select
        lines.*,
        lines.event_date as counted_date
    from lines
    where lines.event_date is not null
    union all
    -- a line that tells no date counts on that of most lines of its file
    select
        lines.*,
        coalesce(main_dates.event_date, lines.received_date) as counted_date
    from lines
    left join main_dates
        on lines.load_id = main_dates.load_id and lines.file_name = main_dates.file_name
    where lines.event_date is null
),

counted as (
    select
        load_id as landing_load_id,
        counted_date as event_date,
        event_name,
        count(*) as line_count,
        {%- for name, verdict in verdicts.items() %}
        count(*) filter (where verdict = '{{ verdict }}') as {{ name }}_count,
        {%- endfor %}
        count(*) filter (where verdict = 'rejected' and reason <> 'command') as rejected_count,
        count(*) filter (where reason = 'command') as command_count,
        count(*) filter (where verdict in ('accepted', 'late') and is_late) as late_count,
        {%- for field in fields %}
        count(*) filter (where verdict = 'accepted' and {{ field }} is null)
            as missing_{{ field }}_count,
        {%- endfor %}
        max(changed_load_id) as load_id
    from dated
    group by load_id, counted_date, event_name
),

duplicates as {{ inlined() }} (
    select *
    from lines
    where verdict = 'duplicate'
),

first_places as (
    select
        load_id,
        file_name,
        event_id,
        min(line_number) as line_number
    from lines
    where
        verdict <> 'rejected'
        and event_id in ({{ few('duplicates.event_id', 'duplicates') }})
    group by load_id, file_name, event_id
),

repeated as (
    select
        duplicates.load_id,
        duplicates.event_date,
        duplicates.event_name,
        count(*) as line_count
    from duplicates
    inner join first_places
        on
            duplicates.load_id = first_places.load_id
            and duplicates.file_name = first_places.file_name
            and duplicates.event_id = first_places.event_id
            and duplicates.line_number > first_places.line_number
    group by duplicates.load_id, duplicates.event_date, duplicates.event_name
)

select
    counted.landing_load_id,
    counted.event_date,
    counted.event_name,
    counted.line_count,
    counted.event_count,
    counted.waiting_count,
    counted.duplicate_count,
    coalesce(repeated.line_count, 0) as repeated_count,
    counted.rejected_count,
    counted.command_count,
    counted.late_count,
    {%- for field in fields %}
    counted.missing_{{ field }}_count{{ ' as missing_user_count' if field == 'user_key' }},
    {%- endfor %}
    counted.load_id
from counted
left join repeated
    on
        counted.landing_load_id = repeated.load_id
        and counted.event_date = repeated.event_date
        and counted.event_name = repeated.event_name
order by counted.event_date, counted.landing_load_id, counted.event_name
