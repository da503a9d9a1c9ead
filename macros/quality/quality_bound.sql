{#- A bound of the quality triggers, for the event of a row: var quality_bounds. -#}
{% macro quality_bound(name, event_name='event_name') -%}
{%- set bounds = durable_events.setting('quality_bounds') -%}
{%- set own = [] -%}
{%- for event, overrides in bounds.items() if event != 'default' and name in overrides -%}
    {%- do own.append(
        "when " ~ dbt.string_literal(dbt.escape_single_quotes(event))
        ~ " then " ~ overrides[name] | float
    ) -%}
{%- endfor -%}
{%- if own -%}
case {{ event_name }} {{ own | join(' ') }} else {{ bounds.default[name] | float }} end
{%- else -%}
{{ bounds.default[name] | float }}
{%- endif -%}
{%- endmacro %}
