{#- The incremental strategy `replace_sessions`: a session that grew or took in others replaces
    them. -#}
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
