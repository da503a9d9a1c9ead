{#- A query for what the events of a declared type hold that does not fit, and for what they lack. -#}
{% macro misfits(declared, condition) -%}
{%- set values = durable_events.declared_values(declared) -%}
{%- set checks = [] -%}
{#- the JSON that the columns are read from comes first: without it there is nothing to read -#}
{%- for json in values | map(attribute='json') | unique -%}
    {%- do checks.append({
        'name': json,
        'type': 'object',
        'text': json,
        'misfit': "when " ~ json ~ " is not null and " ~ json ~ "_texts is null then 'wrong_type'",
    }) -%}
{%- endfor -%}
{%- for value in values -%}
    {%- do checks.append({
        'name': value.name,
        'type': value.data_type,
        'text': value.text,
        'misfit': "when " ~ value.text ~ " is null then "
            ~ ("'missing'" if value.is_required else "null")
            ~ "\n            when " ~ (value.value | indent(8)) ~ " is null then 'wrong_type'",
    }) -%}
{%- endfor -%}
with sent as (
    {{ durable_events.sent_events(declared, condition) }}
),

with_texts as (
    {{ durable_events.with_texts('sent', values) }}
),

checked as (
    select
        *,
        {%- for check in checks %}
        case
            {{ check.misfit }}
        end as misfit_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from with_texts
),

-- a row for each column of an event that has something wrong with it
listed as (
    select
        checked.*,
        declared.*,
        case declared.position
            {%- for check in checks %}
            when {{ loop.index }} then checked.misfit_{{ loop.index }}
            {%- endfor %}
        end as misfit,
        case declared.position
            {%- for check in checks %}
            when {{ loop.index }} then checked.{{ check.text }}
            {%- endfor %}
        end as raw_value
    from checked
    cross join (
        values
        {%- for check in checks %}
        ({{ loop.index }}, '{{ check.name | replace("'", "''") }}', '{{ check.type }}')
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) as declared (position, column_name, expected_type)
    where
        {%- for check in checks %}
        {{ 'or ' if not loop.first }}checked.misfit_{{ loop.index }} is not null
        {%- endfor %}
)

select
    event_id,
    event_name,
    event_date,
    '{{ declared.table_name }}' as table_name,
    {{ 'item_number' if declared.unnest else 'cast(null as bigint) as item_number' }},
    column_name,
    misfit,
    expected_type,
    raw_value,
    load_id
from listed
where misfit is not null
{%- endmacro %}
