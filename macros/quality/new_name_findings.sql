{#- An event that nobody registered came. -#}
{% macro new_name_findings(volumes, registry) -%}
select
    'new_name' as trigger_name,
    event_date,
    event_name,
    cast(null as varchar) as field,
    event_count as observed_value,
    0 as usual,
    cast(null as double) as lower_bound,
    {{ durable_events.quality_bound('event_count') }} as upper_bound,
    load_id,
    cast(event_count as varchar) || ' events of a name that is new and not registered'
        as finding
from {{ volumes }}
where
    event_count >= {{ durable_events.quality_bound('event_count') }}
    and sum_before < {{ durable_events.quality_bound('event_count') }}
    and event_date >= first_date + interval 7 day
    and event_name not in (select known.event_name from {{ registry }} as known)
{%- endmacro %}
