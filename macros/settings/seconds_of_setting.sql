{#- The seconds of the duration that a setting holds. -#}
{% macro seconds_of_setting(name) -%}
{%- set duration = durable_events.setting(name) -%}
{%- if duration is none -%}
    {{ return('null') }}
{%- endif -%}
{%- set units = {'second': 1, 'minute': 60, 'hour': 3600, 'day': 86400, 'week': 604800} -%}
{%- set parts = (duration | string).split() -%}
{%- set unit = 'second' if parts == ['0'] else (parts[1] | default('')).rstrip('s') -%}
{%- if parts | length > 2 or not parts or not parts[0].isdigit() or unit not in units -%}
    {{ exceptions.raise_compiler_error(
        "The setting " ~ name ~ " is '" ~ duration ~ "', which is no duration. Write a whole number "
        ~ "and a unit (seconds, minutes, hours, days, weeks), such as '2 days', or 0."
    ) }}
{%- endif -%}
{{ return(parts[0] | int * units[unit]) }}
{%- endmacro %}
