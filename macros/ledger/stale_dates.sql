{#- A query for the dates of a daily model that are not up to date: those that a load touched which is
    newer than the newest load in the model's own rows of that date, and those it has no row of.

    ledger: a relation with load_id and a date column named like the model's `event_time`. -#}
{% macro stale_dates(ledger) -%}
{%- set date_column = config.get('event_time') -%}
select touched.{{ date_column }}
        from (
            select {{ date_column }}, max(load_id) as load_id
            from {{ ledger.render() }}
            group by {{ date_column }}
        ) as touched
        left join (
            select {{ date_column }}, max(load_id) as load_id
            from {{ this }}
            group by {{ date_column }}
        ) as computed
            on touched.{{ date_column }} = computed.{{ date_column }}
        where computed.load_id is null or touched.load_id > computed.load_id
{%- endmacro %}
