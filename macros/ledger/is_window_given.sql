{#- True where the run was told which dates to compute. -#}
{% macro is_window_given() -%}
{{ return(
    invocation_args_dict.get('event_time_start') is not none
    or invocation_args_dict.get('event_time_end') is not none
) }}
{%- endmacro %}
