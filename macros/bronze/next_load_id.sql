{#- The number of the next load: a landing, a registration or a reconciliation. -#}
{% macro next_load_id(raw_events) -%}
1 + greatest(
            {% for table in ['raw_events', 'registrations', 'loads'] -%}
            {%- set numbered = raw_events.incorporate(path={'identifier': table}) -%}
            {%- if load_relation(numbered) -%}
            (select coalesce(max(load_id), 0) from {{ numbered }}),
            {% endif -%}
            {%- endfor -%}
            0
        )
{%- endmacro %}
