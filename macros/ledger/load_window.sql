{#- The condition for the loads that a run takes into a silver table. A repair takes those that the
    table has seen: a newer one would come in for some dates, and count as seen for all. -#}
{% macro load_window(load_id='load_id') -%}
{%- if is_repair() -%}
{{ load_id }} <= (select coalesce(max(load_id), 0) from {{ this }})
{%- else -%}
{{ is_new_load(load_id) }}
{%- endif -%}
{%- endmacro %}
