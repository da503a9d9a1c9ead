-- a row for each kind of value of the newest load that does not fit its typed event table, or is
-- missing there
{{ config(severity='warn') }}
-- depends_on: {{ ref('loads') }}
{#- as a number: a subquery would not keep the engine from parsing all of history -#}
{%- set newest_load = 0 -%}
{%- if execute and load_relation(ref('loads')) -%}
    {%- set landings = run_query(
        "select coalesce(max(load_id), 0) from " ~ ref('loads') ~ " where load_kind = 'landing'"
    ) -%}
    {%- set newest_load = landings.columns[0].values()[0] -%}
{%- endif %}

select
    event_name,
    table_name,
    column_name,
    misfit,
    expected_type,
    count(*) as violation_count,
    min(raw_value) as example
from {{ ref('contract_violations') }}
where load_id >= {{ newest_load }}
group by event_name, table_name, column_name, misfit, expected_type
order by event_name, table_name, column_name, misfit
