{#- Tells the reader of the landing folder what was read of it so far. -#}
{% macro open_landing(known_files) -%}
    {{ return(adapter.dispatch('open_landing', 'durable_events')(known_files)) }}
{%- endmacro %}

{% macro default__open_landing(known_files) -%}
    {{ exceptions.raise_compiler_error(
        "No way to read a landing folder on " ~ target.type ~ " yet."
    ) }}
{%- endmacro %}

{% macro duckdb__open_landing(known_files) -%}
select open_landing(coalesce(list(known), [])) as known_file_count
from ({{ known_files }}) as known
{%- endmacro %}
