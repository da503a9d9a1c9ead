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
{%- if durable_events.setting('landed_lines') is not none -%}
    {#- who wrote the lines was told then -#}
    {{ return('select 1') }}
{%- endif -%}
select open_landing(coalesce(list(known), [])) as known_file_count
from ({{ known_files }}) as known
{%- endmacro %}
