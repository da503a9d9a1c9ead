{#- A member of what json_members gave. -#}
{% macro json_member(members, key) -%}
    {{ return(adapter.dispatch('json_member', 'durable_events')(members, key)) }}
{%- endmacro %}

{% macro default__json_member(members, key) -%}
{{ members }}.`{{ key | replace('`', '``') }}`
{%- endmacro %}

{% macro duckdb__json_member(members, key) -%}
struct_extract({{ members }}, '{{ key | replace("'", "''") }}')
{%- endmacro %}
