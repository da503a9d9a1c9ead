{#- The dates of a daily model that are not up to date. -#}
{% macro stale_dates(ledger) -%}
{%- set date_column = config.get('event_time') -%}
{%- set event_name = config.get('meta').get('event_name') -%}
select touched.{{ date_column }}
        from (
            select {{ date_column }}, max(load_id) as load_id
            from {{ ledger.render() }}
            {%- if event_name %}
            where event_name = '{{ event_name | replace("'", "''") }}'
            {%- endif %}
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
