{#- The ledger of a comparison's dates: the newest load that touched each. A load touches those of its
    rows and, where a key was known before, the date that the key belonged to. -#}
{% macro version_date_ledger(old, new, key) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key='event_date',
    event_time='event_date',
    contract={'enforced': true},
    on_schema_change='fail',
) }}
{%- set keys = [] -%}
{%- for column in ([key] if key is string else key) -%}
    {%- do keys.append(adapter.quote(column)) -%}
{%- endfor -%}
{%- set key_list = keys | join(', ') -%}
{%- set names = [] -%}
{%- for relation in (old, new) if execute and durable_events.node_of(relation) -%}
    {%- do names.append(durable_events.declaration(durable_events.node_of(relation)).event_name) -%}
{%- endfor -%}
with concerned as (
    select distinct {{ key_list }}
    from (
        select {{ key_list }} from {{ old }} where {{ durable_events.load_window('event_date') }}
        union all
        select {{ key_list }} from {{ new }} where {{ durable_events.load_window('event_date') }}
    ) as new_rows
),

sent as (
    {%- for relation in (old, new) %}
    select {{ key_list }}, event_date, load_id
    from {{ relation }} as sent_rows
    semi join concerned on {{ durable_events.same_key('sent_rows', 'concerned', key) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

by_load as (
    select {{ key_list }}, load_id, min(event_date) as first_date
    from sent
    group by {{ key_list }}, load_id
),

touches as (
    select event_date, load_id
    from sent
    union
    select
        min(first_date) over (
            partition by {{ key_list }}
            order by load_id
            rows between unbounded preceding and 1 preceding
        ) as event_date,
        load_id
    from by_load
),

named as (
    select event_date, load_id
    from {{ ref('durable_events', 'event_date_ledger') }}
    where event_name in ({{ durable_events.quoted(names | unique) or 'null' }})
),

-- a name that was given or taken back may have added rows to any date, or taken some from it
renamed as (
    select max(named.load_id) as load_id
    from named
    inner join {{ ref('durable_events', 'registrations') }} as registrations
        on named.load_id = registrations.load_id
),

all_touches as (
    select event_date, load_id from touches
    union all
    select event_date, load_id from named
    union all
    select
        named.event_date,
        renamed.load_id
    from named
    cross join renamed
)

select
    event_date,
    max(load_id) as load_id
from all_touches
where event_date is not null and {{ durable_events.load_window('event_date') }}
group by event_date
order by event_date
{%- endmacro %}
