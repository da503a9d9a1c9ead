{#- The condition for the changes that a run reads for a history: all those of each entity that has a
    new one, or lost one to another name. -#}
{% macro entity_window(key, changes) -%}
{%- do durable_events.check_by_load() -%}
{%- if is_incremental() and not durable_events.is_repair() -%}
{{ key }} in (
        select changed.{{ key }}
        from {{ changes }} as changed
        where {{ durable_events.is_new_load('changed.load_id') }}
        union
        {{ durable_events.renamed_events(key) }}
    )
{%- else -%}
true
{%- endif -%}
{%- endmacro %}
