{#- A condition: the row belongs to a load that this model's table has not seen. True on a first build.
    The table's own newest load_id is all the state there is.

    load_id: the upstream column. -#}
{% macro is_new_load(load_id='load_id') -%}
{%- if is_incremental() -%}
{{ load_id }} > (select coalesce(max(load_id), 0) from {{ this }})
{%- else -%}
true
{%- endif -%}
{%- endmacro %}
