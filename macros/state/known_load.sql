{#- A load that there has been, as SQL. One that is yet to come ends the query, and says so. -#}
{% macro known_load(load) -%}
(
        select
            case
                when {{ load }} > max(load_id)
                    then {{ durable_events.refusal("'There was no load ' || " ~ load
                        ~ " || ' yet. The newest: ' || max(load_id)") }}
                else {{ load }}
            end
        from {{ ref('durable_events', 'loads') }}
    )
{%- endmacro %}
