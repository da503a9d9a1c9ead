{#- The dates of a daily table that are not up to date. -#}
{% macro stale_dates(ledger, table, date_column, event_name=none) -%}
select touched.{{ date_column }}
        from (
            select {{ date_column }}, max(load_id) as load_id
            from {{ ledger }}
            {%- if event_name %}
            where event_name = '{{ event_name | replace("'", "''") }}'
            {%- endif %}
            group by {{ date_column }}
        ) as touched
        left join (
            select {{ date_column }}, max(load_id) as load_id
            from {{ table }}
            group by {{ date_column }}
        ) as computed
            on touched.{{ date_column }} = computed.{{ date_column }}
        where computed.load_id is null or touched.load_id > computed.load_id
{%- endmacro %}
