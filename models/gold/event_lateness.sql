-- one row per event date and platform
{{ config(event_time='event_date', begin=first_batch(), meta={'ledger': 'event_date_ledger'}) }}
-- depends_on: {{ ref('event_date_ledger') }}
{%- set bands = {
    'within_minute': 'sent_delay <= 60',
    'within_hour': 'sent_delay > 60 and sent_delay <= 3600',
    'within_day': 'sent_delay > 3600 and sent_delay <= 86400',
    'within_week': 'sent_delay > 86400 and sent_delay <= 604800',
    'within_month': 'sent_delay > 604800 and sent_delay <= 2592000',
    'later': 'sent_delay > 2592000',
} %}
{%- set shares = [0.5, 0.95, 0.99] %}

with delays as (
    select
        event_date,
        platform,
        {{ seconds_between('event_time', 'src_ts') }} as sent_delay,
        {{ seconds_between('src_ts', 'received_at') }} as received_delay,
        load_id
    from {{ ref('events').render() }}
    where {{ event_window('event_date') }}
),

counted as (
    select
        event_date,
        platform,
        count(*) as event_count,
        count(sent_delay) as sent_count,
        {%- for name, band in bands.items() %}
        count(*) filter (where {{ band }}) as sent_{{ name }}_count,
        {%- endfor %}
        {%- for delay in ['sent_delay', 'received_delay'] %}
        {{ percentiles(delay, shares) }} as {{ delay }}_percentiles,
        max({{ delay }}) as max_{{ delay }}_seconds,
        {%- endfor %}
        max(load_id) as load_id
    from delays
    group by event_date, platform
)

select
    event_date,
    platform,
    event_count,
    sent_count,
    {%- for name in bands %}
    sent_{{ name }}_count,
    {%- endfor %}
    {%- for delay in ['sent_delay', 'received_delay'] %}
    {%- for share in shares %}
    {{ array_item(delay ~ '_percentiles', loop.index) }}
        as p{{ (share * 100) | int }}_{{ delay }}_seconds,
    {%- endfor %}
    max_{{ delay }}_seconds,
    {%- endfor %}
    load_id
from counted
order by event_date, platform
