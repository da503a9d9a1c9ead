{#- The incremental strategy `by_load`: new rows take the place of those that they replace. -#}
{% macro get_incremental_by_load_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
{%- set replaces = [(config.get('meta') or {}).get('replaces')] | select | list -%}
{%- if not replaces -%}
    {%- set key = config.get('unique_key') or [] -%}
    {%- for column in ([key] if key is string else key) -%}
        {%- do replaces.append('known.' ~ column ~ ' = new.' ~ column) -%}
    {%- endfor -%}
{%- endif -%}
{%- if durable_events.is_repair() -%}
delete from {{ arg_dict['target_relation'] }}
where {{ durable_events.event_window(config.get('event_time')) }};
{% endif -%}
{%- if (config.get('meta') or {}).get('by_name') -%}
{%- set column = config.get('meta').by_name -%}
delete from {{ arg_dict['target_relation'] }}
where {{ column }} in (
    {{ durable_events.renamed_events(column) }}
);
{% endif -%}
{%- if replaces -%}
delete from {{ arg_dict['target_relation'] }} as known
using {{ arg_dict['temp_relation'] }} as new
where {{ replaces | join(' and ') }};
{% endif -%}
insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }}
from {{ arg_dict['temp_relation'] }};
{%- endmacro %}
