{#- What bronze has read of each file. Both tables are asked, since a run may be cut short between
    the two. -#}
{% macro known_files(raw_events) -%}
{%- set landed_files = raw_events.incorporate(path={'identifier': 'landed_files'}) -%}
{%- set facts = ['file_bytes', 'file_modified_at', 'content_bytes', 'content_digest'] -%}
select
    file_name,
    {%- for fact in facts %}
    max_by({{ fact }}, load_id) as {{ fact }}{{ ',' if not loop.last }}
    {%- endfor %}
from (
    {%- if load_relation(landed_files) %}
    select load_id, file_name, {{ facts | join(', ') }}
    from {{ landed_files }}
    union all
    {%- endif %}
    {%- if load_relation(raw_events) %}
    select load_id, file_name, {{ facts | join(', ') }}
    from {{ raw_events }}
    {%- if load_relation(landed_files) %}
    where load_id > (select coalesce(max(load_id), 0) from {{ landed_files }})
    {%- endif %}
    {%- else %}
    select
        0 as load_id, '' as file_name, 0 as file_bytes, timestamp '1970-01-01' as file_modified_at,
        0 as content_bytes, '' as content_digest
    where false
    {%- endif %}
) as reads
group by file_name
{%- endmacro %}
