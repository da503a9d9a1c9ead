{#- The condition for the users whose history a run needs: in a repair those of its dates. -#}
{% macro user_window(events) -%}
{%- if is_repair() -%}
user_key in (
        select of_dates.user_key
        from {{ events }} as of_dates
        where {{ event_window('of_dates.event_date') }}
    )
{%- else -%}
true
{%- endif -%}
{%- endmacro %}
