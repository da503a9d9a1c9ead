{#- Goes before dbt-duckdb's own. The catalogue's name is that of the file: a view that holds it
    breaks where the file is copied or renamed. Without it, DuckDB looks in the view's own catalogue.
    Not so for one that is attached: it has the name that the profile gives, and `:memory:` is open;
    nor where a schema has the file's name: DuckDB could not tell which of the two is meant. -#}
{% macro duckdb__create_view_as(relation, sql) -%}
{%- set file = adapter.quote(relation.database) ~ '.' -%}
{%- set is_attached = target.path == ':memory:' or relation.database != target.database -%}
{%- if not is_attached and file ~ file not in sql -%}
    {%- set sql = sql | replace(file ~ '"', '"') -%}
{%- endif -%}
{{ return(dbt.duckdb__create_view_as(relation, sql)) }}
{%- endmacro %}
