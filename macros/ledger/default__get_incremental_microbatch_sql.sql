{#- Goes before dbt's own, which replaces the batch's window only: stale dates lie outside it. -#}
{% macro default__get_incremental_microbatch_sql(arg_dict) -%}
{%- set date_column = config.get('event_time') -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
delete from {{ arg_dict['target_relation'] }}
where
    {{ durable_events.event_window(date_column) }}
    -- nothing is ever inserted beside what is there, whatever made the batch
    or {{ date_column }} in (select {{ date_column }} from {{ arg_dict['temp_relation'] }});

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }}
from {{ arg_dict['temp_relation'] }};
{%- endmacro %}
