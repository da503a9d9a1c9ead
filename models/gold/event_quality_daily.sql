-- one row per event date and event name
{{ config(event_time='event_date', begin=first_batch(), meta={'ledger': 'line_counts'}) }}
{%- set counts = [
    'line_count', 'event_count', 'missing_app_version_count', 'missing_platform_count',
    'missing_country_code_count', 'missing_user_count', 'late_count', 'waiting_count',
    'duplicate_count', 'repeated_count', 'rejected_count', 'command_count',
] %}

with lines as (
    select
        event_date,
        event_name,
        {%- for count in counts %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        max(load_id) as load_id
    from {{ ref('line_counts').render() }}
    where {{ event_window('event_date') }}
    group by event_date, event_name
),

violations as (
    select
        event_date,
        event_name,
        count(*) as contract_violation_count
    from {{ ref('contract_violations').render() }}
    where {{ event_window('event_date') }}
    group by event_date, event_name
),

users as (
    select event_date, event_name, user_count
    from {{ ref('daily_event_counts').render() }}
    where {{ event_window('event_date') }}
)

select
    lines.event_date,
    lines.event_name,
    {%- for count in counts %}
    lines.{{ count }},
    {%- if count == 'event_count' %}
    coalesce(users.user_count, 0) as user_count,
    {%- endif %}
    {%- endfor %}
    coalesce(violations.contract_violation_count, 0) as contract_violation_count,
    lines.load_id
from lines
left join users
    on lines.event_date = users.event_date and lines.event_name = users.event_name
left join violations
    on lines.event_date = violations.event_date and lines.event_name = violations.event_name
order by lines.event_date, lines.event_name
