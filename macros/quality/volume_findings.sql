{#- On a day more or fewer events came than on the same weekdays before. -#}
{% macro volume_findings(volumes) -%}
-- chance alone moves a count of n by about the square root of n
with tolerances as (
    select
        *,
        greatest(
            usual * {{ durable_events.quality_bound('volume_percent') }} / 100,
            {{ durable_events.quality_bound('deviations') }} * 1.4826 * deviation
        ) as tolerance,
        {{ durable_events.quality_bound('deviations') }} as deviations
    from {{ volumes }}
    where event_count > 0 and past_count >= 4
),

volume_bounds as (
    select
        *,
        usual - greatest(tolerance, deviations * sqrt(usual)) as lower_bound,
        greatest(
            usual + tolerance,
            power(deviations / 2 + sqrt(deviations * deviations / 4 + usual), 2)
        ) as upper_bound
    from tolerances
    where greatest(event_count, usual) >= {{ durable_events.quality_bound('event_count') }}
)

select
    'volume' as trigger_name,
    event_date,
    event_name,
    cast(null as varchar) as field,
    event_count as observed_value,
    usual,
    greatest(lower_bound, 0) as lower_bound,
    upper_bound,
    load_id,
    cast(event_count as varchar)
    || ' events, usually ' || cast(cast(usual as bigint) as varchar) as finding
from volume_bounds
where event_count not between lower_bound and upper_bound
{%- endmacro %}
