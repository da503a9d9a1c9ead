{#- The condition for the dates that a run computes of a daily table. -#}
{% macro event_window(date_column, ledger=none) -%}
{%- set batch = model.get('batch') -%}
{%- if not batch and durable_events.is_repair() -%}
{%- set window = invocation_args_dict -%}
(
        {{ date_column }} is null
        or {{ date_column }} between
        cast(timestamp '{{ window.event_time_start }}' as date)
        and cast(timestamp '{{ window.event_time_end }}' - interval 1 microsecond as date)
    )
{%- elif not batch -%}
    {#- no microbatch model and no repair; or parsing, compiling, a test -#}
    {{ return('true') }}
{%- else -%}
{%- if durable_events.microbatch_problem() -%}
    {#- of a batch that fails dbt does not print why -#}
    {%- do log(durable_events.microbatch_problem(), info=true) -%}
    {{ exceptions.raise_compiler_error(this ~ ": " ~ durable_events.microbatch_problem()) }}
{%- endif -%}
{%- set begin = (config.get('begin') | string)[:10] -%}
{%- set first = "date '" ~ (batch.event_time_start | string)[:10] ~ "'" -%}
{%- set past = "date '" ~ (batch.event_time_end | string)[:10] ~ "'" -%}
{%- set is_rebuilt = not is_incremental() and not durable_events.is_window_given() -%}
{%- if is_rebuilt and (batch.event_time_start | string)[:10] <= begin -%}
true
{%- elif is_rebuilt or durable_events.is_window_given() -%}
{{ date_column }} >= {{ first }} and {{ date_column }} < {{ past }}
{%- else -%}
{{ date_column }} in (
        select days.series_date
        from (select 1 as one) as batch
        cross join {{ durable_events.date_series(first, past ~ ' - interval 1 day', 'days') }}
        union all
        {{ durable_events.stale_dates(
            (ledger or builtins.ref(config.get('meta').ledger)).render(),
            this,
            config.get('event_time'),
            config.get('meta').get('event_name'),
        ) }}
    )
{%- endif -%}
{%- endif -%}
{%- endmacro %}
