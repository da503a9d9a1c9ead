{#- When what was set aside is let in: by the first registration since that has room for it. A row
    per name, version and load of the events set aside for which there is one. -#}
{% macro readmissions(set_aside, name_history) -%}
select
    {{ set_aside }}.sent_event_name,
    {{ set_aside }}.schema_version,
    {{ set_aside }}.load_id,
    min(names.valid_from_load_id) as readmission_id
from {{ set_aside }}
inner join {{ name_history }} as names
    on
        {{ set_aside }}.sent_event_name = names.sent_event_name
        and {{ set_aside }}.load_id < names.valid_from_load_id
where
    {{ durable_events.set_aside_reason(
        'names.kind', 'names.schema_versions', set_aside ~ '.schema_version'
    ) }} is null
group by {{ set_aside }}.sent_event_name, {{ set_aside }}.schema_version, {{ set_aside }}.load_id
{%- endmacro %}
