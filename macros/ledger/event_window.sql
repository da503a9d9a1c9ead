{#- The condition for the dates that a batch of a daily microbatch model computes: the model's `where`
    and, through get_incremental_microbatch_sql, the rows that it replaces. Those dates are

    * with --event-time-start or --event-time-end: the batch's window, no more;
    * in the first batch of a first build or a full refresh: all there are, before `begin` and after the
      window, so that `begin` loses nothing;
    * else: the window, and every stale date (see stale_dates), however old.

    date_column: the column that holds the date, in the input or in the model's table.
    ledger:      the relation that tells which load touched which date; its date column has the name
                 of the model's `event_time`. By default the model named in config meta.ledger. -#}
{% macro event_window(date_column, ledger=none) -%}
{%- set batch = model.get('batch') -%}
{%- if not batch -%}
    {#- parsing, compiling, a unit test: no batch, no window -#}
    {{ return('true') }}
{%- endif -%}
{%- set first = "date '" ~ (batch.event_time_start | string)[:10] ~ "'" -%}
{%- set past = "date '" ~ (batch.event_time_end | string)[:10] ~ "'" -%}
{%- if is_window_given() -%}
{{ date_column }} >= {{ first }} and {{ date_column }} < {{ past }}
{%- elif not is_incremental() -%}
true
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
