{#- The incremental strategy `replace_sessions`, for a table with a row per session of a user: a new row
    takes the place of every session of its user that began within it. A session only grows or takes in
    others, so those are the ones that are no more.

    Called by dbt's incremental materialization; both statements are in its transaction. -#}
{% macro get_incremental_replace_sessions_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
delete from {{ arg_dict['target_relation'] }} as known
using {{ arg_dict['temp_relation'] }} as new
where
    known.user_key = new.user_key
    and known.started_at between new.started_at and new.ended_at;

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }}
from {{ arg_dict['temp_relation'] }};
{%- endmacro %}
