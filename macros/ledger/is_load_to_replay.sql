{#- A condition: the load belongs to the history to rebuild, all of it unless var as_of_load ends it. -#}
{% macro is_load_to_replay() -%}
{%- if durable_events.setting('as_of_load') is none -%}
    {{ return('true') }}
{%- endif -%}
{%- set is_in_use = is_incremental()
    or config.get('materialized') == 'view' and load_relation(this) is not none -%}
{%- if is_in_use -%}
    {{ exceptions.raise_compiler_error(
        "as_of_load rebuilds the tables as they were, so it is no var for a warehouse that is in use. "
        ~ "Run `durable-events replay`: it builds them in a file of their own."
    ) }}
{%- endif -%}
load_id <= {{ durable_events.setting('as_of_load') | int }}
{%- endmacro %}
