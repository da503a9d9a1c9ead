{#- A relation with what its JSON holds at the declared paths, each JSON read once. -#}
{% macro with_texts(relation, values) -%}
select
        *
        {%- for json in values | map(attribute='json') | unique %}
        {%- set paths = values | selectattr('json', 'equalto', json) | map(attribute='path') | list %},
        case
            when {{ durable_events.holds_object(json) }}
                then {{ durable_events.json_texts(json, paths) | indent(16) }}
        end as {{ json }}_texts
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}
