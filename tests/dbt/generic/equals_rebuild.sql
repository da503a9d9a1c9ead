{#- Fails for each date on which a table is not what a first build would make of its inputs. -#}
{% test equals_rebuild(model, inputs, by='event_date') %}
{%- if execute -%}
{%- set node = durable_events.node_of(model) -%}
{%- set fingerprint = durable_events.row_hash(node.columns.keys() | list) -%}
{%- set day = "coalesce(here." ~ by ~ ", there." ~ by ~ ")" -%}
with rebuilt as (
{{ render(node.raw_code) }}
),

here as (
    select {{ by }}, count(*) as row_count, sum({{ fingerprint }}) as fingerprint
    from {{ model }}
    group by {{ by }}
),

there as (
    select {{ by }}, count(*) as row_count, sum({{ fingerprint }}) as fingerprint
    from rebuilt
    group by {{ by }}
)

select
    {{ day }} as {{ by }},
    coalesce(here.row_count, 0) as row_count,
    coalesce(there.row_count, 0) as rebuilt_row_count,
    'dbt run --select {{ node.name }}+ --event-time-start '
    || coalesce(cast({{ day }} as varchar), '2000-01-01') || ' --event-time-end '
    || coalesce(cast({{ day }} + interval 1 day as date), date '2000-01-02') as repair
from here
full join there
    on here.{{ by }} is not distinct from there.{{ by }}
where
    here.row_count is distinct from there.row_count
    or here.fingerprint is distinct from there.fingerprint
order by {{ day }}
{%- endif -%}
{% endtest %}
