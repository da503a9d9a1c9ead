{#- The id of an event that was sent without one. Each field goes in with its length, so that no two
    lists of fields run together into the same text. -#}
{% macro stable_event_id(fields) -%}
'h:' || md5(
    {%- for field in fields %}
    coalesce(cast(length({{ field }}) as varchar) || ':' || {{ field }}, '-')
    {{- ' ||' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}
