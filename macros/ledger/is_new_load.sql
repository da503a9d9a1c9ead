{#- A condition: the row belongs to a load that this model's table has not seen. -#}
{% macro is_new_load(load_id='load_id') -%}
{%- do durable_events.check_by_load() -%}
{%- if invocation_args_dict.get('sample') -%}
    {{ exceptions.raise_compiler_error(
        "--sample would leave events out of " ~ this ~ " for good, since a load is read once. "
        ~ "To try things on less, land fewer files in a warehouse of its own (DURABLE_EVENTS_DB)."
    ) }}
{%- endif -%}
{%- if is_incremental() -%}
{{ load_id }} > (select coalesce(max(load_id), 0) from {{ this }})
{%- else -%}
true
{%- endif -%}
{%- endmacro %}
