{#- The condition for the dates that a batch of a daily microbatch model computes. -#}
{% macro event_window(date_column, ledger=none) -%}
{%- set batch = model.get('batch') -%}
{%- if not batch -%}
    {#- parsing, compiling, a unit test: no batch, no window -#}
    {{ return('true') }}
{%- endif -%}
{%- set begin = (config.get('begin') | string)[:10] -%}
{%- set first = "date '" ~ (batch.event_time_start | string)[:10] ~ "'" -%}
{%- set past = "date '" ~ (batch.event_time_end | string)[:10] ~ "'" -%}
{%- set is_rebuilt = not is_incremental() and not is_window_given() -%}
{%- if is_rebuilt and (batch.event_time_start | string)[:10] <= begin -%}
true
{%- elif is_rebuilt or is_window_given() -%}
{{ date_column }} >= {{ first }} and {{ date_column }} < {{ past }}
{%- else -%}
{{ date_column }} in (
        select days.series_date
        from (select 1 as one) as batch
        cross join {{ date_series(first, past ~ ' - interval 1 day', 'days') }}
        union all
        {{ stale_dates(ledger or builtins.ref(config.get('meta').ledger)) }}
    )
{%- endif -%}
{%- endmacro %}
