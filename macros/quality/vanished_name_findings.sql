{#- An event that used to come did not. -#}
{% macro vanished_name_findings(volumes) -%}
select
    'vanished_name' as trigger_name,
    event_date,
    event_name,
    cast(null as varchar) as field,
    0 as observed_value,
    usual,
    1 as lower_bound,
    cast(null as double) as upper_bound,
    load_id,
    'no event, usually ' || cast(cast(usual as bigint) as varchar) as finding
from {{ volumes }}
where
    event_count = 0
    and count_before > 0
    and past_count >= 4
    and usual >= {{ durable_events.quality_bound('event_count') }}
{%- endmacro %}
