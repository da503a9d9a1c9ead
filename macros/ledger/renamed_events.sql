{#- What the events that got another name since this model's newest load have in a column. -#}
{% macro renamed_events(column) -%}
select renamed.{{ column }}
        from {{ builtins.ref('events') }} as renamed
        where {{ is_new_load('renamed.renamed_load_id') }}
        {#- grouped, so that the engine takes them for few and does not hash all of history #}
        group by 1
{%- endmacro %}
