{#- The number of the next load, which may be a landing or a reconciliation. -#}
{% macro next_load_id(raw_events) -%}
{%- set loads = raw_events.incorporate(path={'identifier': 'loads'}) -%}
1 + greatest(
            {% if load_relation(raw_events) -%}
            (select coalesce(max(load_id), 0) from {{ raw_events }}),
            {% endif -%}
            {% if load_relation(loads) -%}
            (select coalesce(max(load_id), 0) from {{ loads }}),
            {% endif -%}
            0
        )
{%- endmacro %}
