{#- The properties that the setting money_events asks for: by part (amount, currency, key, account) and
    property the name under which it is read, and all of them as declared columns. -#}
{% macro money_properties() -%}
{%- set events = durable_events.setting('money_events') -%}
{%- set types = {
    'amount': 'decimal(18,4)', 'currency': 'varchar', 'key': 'varchar', 'account': 'varchar',
} -%}
{%- if execute and not events -%}
    {{ exceptions.raise_compiler_error(
        "money_events is empty, so " ~ this ~ " has no entries. Say in dbt_project.yml which events "
        ~ "move money, such as  vars: money_events: order_paid: {book: orders, sign: 1}"
    ) }}
{%- endif -%}
{%- set names, columns = {}, [] -%}
{%- for part in types -%}
    {%- do names.update({part: {}}) -%}
{%- endfor -%}
{%- for event, kind in events.items() -%}
    {%- if kind.get('book') is not string or kind.get('sign') not in (1, -1) -%}
        {{ exceptions.raise_compiler_error(
            "money_events says of " ~ event ~ ": " ~ kind ~ ". An event that moves money has a "
            ~ "`book` and a `sign`, 1 or -1, such as {book: orders, sign: 1}."
        ) }}
    {%- endif -%}
    {%- for part, data_type in types.items() -%}
        {%- set property = durable_events.money_property(kind, part) -%}
        {%- if property is string and property not in names[part] -%}
            {%- do names[part].update({property: part ~ '_' ~ (names[part] | length + 1)}) -%}
            {%- do columns.append({
                'name': names[part][property],
                'data_type': data_type,
                'config': {'meta': {
                    'path': property if property.startswith('$') else '$.' ~ property
                }},
            }) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{%- if names.account | length > 1 -%}
    {#- an event that gets another name must stay in its account -#}
    {{ exceptions.raise_compiler_error(
        "money_events names accounts by different properties: " ~ names.account.keys() | join(', ')
        ~ ". All events name them by one."
    ) }}
{%- endif -%}
{{ return({'names': names, 'columns': columns}) }}
{%- endmacro %}
