{#- What an event has where the setting money_events says that its amount, currency, key or account is. -#}
{% macro money_value(part) -%}
{%- set name_of = durable_events.money_properties().name_of -%}
{%- set columns = [] -%}
{%- for found, column in name_of.items() if found[0] == part -%}
    {%- do columns.append(column) -%}
{%- endfor -%}
{%- set default = part if part in ('amount', 'currency') else none -%}
case event_name
            {%- for event, kind in durable_events.setting('money_events').items() %}
            {%- set property = kind.get(part, default) %}
            when {{ durable_events.quoted([event]) }} then
                {{- ' ' ~ (name_of[(part, property)] if property is string else property or 'null') }}
            {%- endfor %}
            {%- if part in ('currency', 'account') and columns %}
            -- it has another name by now
            else {{ columns[0] if columns | length == 1 else 'coalesce(' ~ columns | join(', ') ~ ')' }}
            {%- endif %}
        end
{%- endmacro %}
