{#- A condition: the row belongs to a load that this model's table has not seen. True on a first build.
    The table's own newest load_id is all the state there is.

    load_id: the upstream column. -#}
{% macro is_new_load(load_id='load_id') -%}
{%- if is_incremental() and invocation_args_dict.get('sample') -%}
    {{ exceptions.raise_compiler_error(
        "--sample would leave events out of " ~ this ~ " for good, since a load is read once. "
        ~ "Use it with a warehouse of its own: set DURABLE_EVENTS_DB to another file."
    ) }}
{%- endif -%}
{%- if is_incremental() -%}
{{ load_id }} > (select coalesce(max(load_id), 0) from {{ this }})
{%- else -%}
true
{%- endif -%}
{%- endmacro %}
