{#- The columns that a history's YAML declares: which there are, and which of them make a state. -#}
{% macro history_columns(key) -%}
{%- set ours = [
    key, 'state_number', 'is_deleted', 'valid_from', 'valid_to', 'event_id', 'event_date', 'load_id',
] -%}
{%- set columns = durable_events.declaration(model).columns -%}
{%- set names = columns | map(attribute='name') | list -%}
{%- set attributes = columns | rejectattr('name', 'in', ours) | list -%}
{%- if execute and not attributes -%}
    {{ exceptions.raise_compiler_error(
        "The YAML of " ~ this ~ " declares no column that makes a state, such as a plan or a city. "
        ~ "A history has the columns " ~ ours | join(', ') ~ ", and those."
    ) }}
{%- endif -%}
{{ return({
    'all': names,
    'attributes': attributes | map(attribute='name') | list,
    'attribute_columns': attributes,
    'has_deletions': 'is_deleted' in names,
}) }}
{%- endmacro %}
