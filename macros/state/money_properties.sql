{#- The properties that the setting money_events asks for, each with the name under which it is read. -#}
{% macro money_properties() -%}
{%- set events = durable_events.setting('money_events') -%}
{%- set types = {
    'amount': 'decimal(18,4)', 'currency': 'varchar', 'key': 'varchar', 'account': 'varchar',
} -%}
{%- set columns, name_of = [], {} -%}
{%- if execute and not events -%}
    {{ exceptions.raise_compiler_error(
        "money_events is empty, so " ~ this ~ " has no entries. Say in dbt_project.yml which events "
        ~ "move money, such as  vars: money_events: order_paid: {book: orders, sign: 1}"
    ) }}
{%- endif -%}
{%- for event, kind in events.items() -%}
    {%- if kind.get('book') is not string or kind.get('sign') not in (1, -1) -%}
        {{ exceptions.raise_compiler_error(
            "money_events says of " ~ event ~ ": " ~ kind ~ ". An event that moves money has a "
            ~ "`book` and a `sign`, 1 or -1, such as {book: orders, sign: 1}."
        ) }}
    {%- endif -%}
    {%- for part, data_type in types.items() -%}
        {%- set property = kind.get(part, part if part in ('amount', 'currency') else none) -%}
        {%- if property is string and (part, property) not in name_of -%}
            {%- set name = part ~ '_' ~ (name_of | length + 1) -%}
            {%- do name_of.update({(part, property): name}) -%}
            {%- do columns.append({
                'name': name,
                'data_type': data_type,
                'config': {'meta': {
                    'path': property if property.startswith('$') else '$.' ~ property
                }},
            }) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{{ return({'columns': columns, 'name_of': name_of}) }}
{%- endmacro %}
