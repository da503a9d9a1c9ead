{#- Goes before dbt-duckdb's own. The catalogue's name is that of the file: a view that holds it
    breaks where the file is copied or renamed. Without it, DuckDB looks in the view's own catalogue.
    Not so for one that is attached: it has the name that the profile gives, and `:memory:` is open. -#}
{% macro duckdb__create_view_as(relation, sql) -%}
{%- if target.path != ':memory:' and relation.database == target.database -%}
    {%- set sql = sql | replace(adapter.quote(relation.database) ~ '."', '"') -%}
{%- endif -%}
{{ return(dbt.duckdb__create_view_as(relation, sql)) }}
{%- endmacro %}
