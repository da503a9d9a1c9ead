{#- The last date of the snapshot period that a date lies in, or of the one before. -#}
{% macro period_end(date, before=false) -%}
{%- set period = durable_events.setting('balance_snapshot_period') -%}
{%- if period not in ('day', 'week', 'month') -%}
    {{ exceptions.raise_compiler_error(
        "balance_snapshot_period is " ~ period ~ ", and can be day, week or month. It is set in "
        ~ "dbt_project.yml; after a change: dbt run --full-refresh --select <the table of snapshots>"
    ) }}
{%- endif -%}
cast(date_trunc('{{ period }}', {{ date }})
    {{- '' if before else " + interval 1 " ~ period }} - interval 1 day as date)
{%- endmacro %}
