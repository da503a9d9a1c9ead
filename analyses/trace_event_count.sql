-- one row per landed line behind a number of daily_event_counts: see vars event_date, event_name
{%- set event_date = (setting('event_date') or '') | string | replace("'", "''") -%}
{%- set event_name = (setting('event_name') or '') | string | replace("'", "''") %}

select
    verdict,
    event_time,
    event_id,
    file_name || ':' || line_number as landed_line,
    load_id,
    admitted_load_id,
    context_json as payload
from {{ ref('judged_events') }}
where
    event_date = try_cast('{{ event_date }}' as date)
    and event_name = '{{ event_name }}'
order by verdict, event_time, event_id, landed_line
