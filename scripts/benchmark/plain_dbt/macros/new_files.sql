{#- The landing files that a table has not read, as an SQL list; none where there are none. -#}
{% macro new_files(known) -%}
{%- if not execute -%}
    {{ return(none) }}
{%- endif -%}
{%- set listed %}
select file
from glob('{{ var("landing") }}/*/*.ndjson.gz')
{%- if is_incremental() %}
where file not in (select distinct file_name from {{ known }})
{%- endif %}
order by file
{%- endset -%}
{%- set files = run_query(listed).columns[0].values() -%}
{{ return("['" ~ (files | join("', '")) ~ "']" if files else none) }}
{%- endmacro %}
