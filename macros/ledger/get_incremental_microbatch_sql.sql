{#- Overrides dbt's: a batch replaces the rows of exactly the dates that it computed, those of its window
    and the stale ones (see event_window), with both statements in one transaction, so that no reader
    finds a date empty.

    Called by dbt's incremental materialization for models of the strategy `microbatch`. -#}
{% macro get_incremental_microbatch_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
delete from {{ arg_dict['target_relation'] }}
where {{ event_window(config.get('event_time')) }};

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }}
from {{ arg_dict['temp_relation'] }};
{%- endmacro %}
