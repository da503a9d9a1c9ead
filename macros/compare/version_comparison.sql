{#- Two versions of an event compared by key: a row for each date on which either has a row. -#}
{% macro version_comparison(
    old, new, key, ledger, metrics=[], ignore=['event_id', 'event_time', 'load_id']
) -%}
{{ durable_events.daily_table(ledger=ledger) }},

compared as (
    {{ durable_events.compare_days(old, new, key, metrics, ignore=ignore) | indent }}
)

select
    compared.*,
    dates.load_id
from compared
inner join dates
    on compared.event_date = dates.event_date
order by compared.event_date
{%- endmacro %}
