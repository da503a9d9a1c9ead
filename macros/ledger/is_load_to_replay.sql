{#- A condition: the load belongs to the history to judge, which is all of it, but for a replay up to
    a load (var as_of_load) and a repair. -#}
{% macro is_load_to_replay() -%}
{%- if is_repair() -%}
load_id <= (select max(coalesce(admitted_load_id, load_id)) from {{ this }})
{%- elif var('as_of_load') is none -%}
true
{%- elif is_incremental() -%}
    {{ exceptions.raise_compiler_error(
        "as_of_load rebuilds the tables as they were, so it is no var for a warehouse that is in use. "
        ~ "Run scripts/replay.py: it builds them in a file of their own."
    ) }}
{%- else -%}
load_id <= {{ var('as_of_load') | int }}
{%- endif -%}
{%- endmacro %}
