{#- The load of what is registered now: the next one, or the very first in a warehouse without loads. -#}
{% macro next_registration_id(raw_events) -%}
case
        when
            {% for table in ['registrations', 'loads'] -%}
            {%- set numbered = raw_events.incorporate(path={'identifier': table}) -%}
            {%- if load_relation(numbered) -%}
            not exists (select 1 from {{ numbered }}) and
            {% endif -%}
            {%- endfor -%}
            true
            then 1
        else {{ durable_events.next_load_id(raw_events) }}
    end
{%- endmacro %}
