{#- The ledger of money: an entry for each event that the setting money_events lists. -#}
{% macro money_entries() -%}
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['event_date', 'event_id'],
    event_time='event_date',
    contract={'enforced': true},
    on_schema_change='fail',
) }}
{%- set envelope = [
    'event_id', 'event_name', 'event_time', 'event_date', 'user_key', 'admitted_load_id',
    'renamed_load_id', 'load_id',
] %}
{%- set declared = durable_events.declare(
    columns=envelope + ['properties'], properties={'corrects_event_id': 'varchar'}
) %}
{%- set properties = durable_events.money_properties() %}
{%- do declared.columns.extend(properties.columns) %}
{#- what else the model's YAML gives a path, an order's number for instance -#}
{%- set more = [] %}
{%- for column in durable_events.declaration(model).columns if durable_events.path_of(column) %}
    {%- do declared.columns.append(column) %}
    {%- do more.append(column.name) %}
{%- endfor %}
{%- set names = durable_events.quoted(durable_events.setting('money_events')) %}
{%- set declared_line = durable_events.declare(
    columns=['event_id'],
    properties={'quantity': 'integer', 'unit_price': 'decimal(18,4)'},
    json='item',
) %}

with recursive names as (
    select sent_event_name
    from {{ ref('durable_events', 'registrations') }}
    where event_name in ({{ names }}) and {{ durable_events.is_load_to_replay() }}
),

sent as (
    select
        {{ envelope | join(', ') }},
        -- who sends no properties has all of it at the top
        coalesce(properties, context_json) as properties
    from {{ ref('durable_events', 'events') }}
    where
        {{ 'true' if durable_events.is_repair() else durable_events.is_new_load() }}
        and (
            event_name in ({{ names }})
            -- it moved money, until it was given another name
            or (
                renamed_load_id is not null
                and (
                    sent_event_name in ({{ names }})
                    or sent_event_name in (select names.sent_event_name from names)
                )
            )
        )
),

typed as (
    {{ durable_events.typed_columns('sent', declared) }}
),

valued as (
    select
        {{ (envelope + more) | join(', ') }},
        properties,
        {{ durable_events.money_value('amount') }} as sent_amount,
        -- whatever the event's name: with another it stays in its account and currency
        {{ properties.names.account.values() | first | default('cast(null as varchar)') }}
            as account_id,
        coalesce(
            {%- for name in properties.names.currency.values() %}
            nullif(trim({{ name }}), ''),
            {%- endfor %}
            'XXX'
        ) as currency,
        {{ durable_events.money_value('key') }} as shared_key,
        corrects_event_id
    from typed
),

lines as (
    select
        valued.event_id,
        items.item
    from valued
    cross join {{ durable_events.json_items(
        'case when ' ~ durable_events.holds_object('valued.properties') ~ ' then valued.properties end',
        '$.items',
        'items'
    ) | indent }}
    where valued.sent_amount is null
),

priced_lines as (
    {{ durable_events.typed_columns('lines', declared_line) }}
),

-- what an order without an amount comes to, if each of its lines can be read
line_sums as (
    select
        event_id,
        case
            when count(*) = count(quantity * unit_price)
                then try_cast(sum(quantity * unit_price) as decimal(18, 4))
        end as amount
    from priced_lines
    group by event_id
),

new_entries as (
    select
        valued.event_id,
        valued.event_name,
        {{ durable_events.money_event_is('book', 'valued.event_name') }} as book,
        valued.event_time,
        valued.event_date,
        valued.user_key,
        valued.account_id,
        {%- for name in more %}
        valued.{{ name }},
        {%- endfor %}
        case {{ durable_events.money_event_is('sign', 'valued.event_name') }}
            when 1 then coalesce(valued.sent_amount, line_sums.amount)
            when -1 then -abs(coalesce(valued.sent_amount, line_sums.amount))
        end as amount,
        valued.currency,
        valued.corrects_event_id,
        valued.shared_key,
        valued.admitted_load_id,
        valued.renamed_load_id,
        valued.load_id as entry_load_id
    from valued
    left join line_sums
        on valued.event_id = line_sums.event_id
),

keyed as (
    select
        *,
        coalesce(
            {{ durable_events.money_event_is('key') }} || ':' || shared_key,
            'event_id:' || event_id
        ) as own_group_id,
        book is not null and coalesce(
            corrects_event_id is not null
            or ({{ durable_events.money_event_is('compensates') }} and shared_key is not null),
            false
        ) as is_compensation
    from new_entries
),

{% set entry = [
    'event_id', 'event_name', 'book', 'event_time', 'event_date', 'user_key', 'account_id',
    'amount', 'currency', 'corrects_event_id', 'own_group_id', 'is_compensation',
    'admitted_load_id', 'renamed_load_id', 'entry_load_id',
] -%}
{%- set entry = (entry + more) | join(', ') -%}
{% if is_incremental() and not durable_events.is_repair() -%}
-- all that belongs together is computed anew together
touched_groups as (
    select known.group_id
    from {{ this }} as known
    where known.event_id in ({{ durable_events.few('keyed.event_id', 'keyed') }})
    union
    select known.group_id
    from {{ this }} as known
    where known.event_id in ({{ durable_events.few('keyed.corrects_event_id', 'keyed') }})
    union
    select known.group_id
    from {{ this }} as known
    where known.corrects_event_id in ({{ durable_events.few('keyed.event_id', 'keyed') }})
    union
    select keyed.own_group_id as group_id
    from keyed
    union
    select 'circular' as group_id
),

known_entries as (
    select known.*
    from {{ this }} as known
    left join keyed
        on known.event_id = keyed.event_id
    where
        known.group_id in ({{ durable_events.few('touched_groups.group_id', 'touched_groups') }})
        and keyed.event_id is null
),

{% endif -%}
entries as (
    select {{ entry }}
    from keyed
    {%- if is_incremental() and not durable_events.is_repair() %}
    union all
    select {{ entry }}
    from known_entries
    {%- endif %}
),

-- a correction belongs to the group of what it corrects, which may be a correction itself
links as (
    select
        entries.event_id,
        corrected.event_id as corrected_event_id,
        corrected.own_group_id as corrected_group_id,
        corrected.is_compensation
    from entries
    inner join entries as corrected
        on
            entries.corrects_event_id = corrected.event_id
            and entries.book = corrected.book
            and entries.event_id <> corrected.event_id
),

chains as (
    select links.event_id, links.corrected_group_id as group_id
    from links
    left join links as further
        on links.corrected_event_id = further.event_id
    where further.event_id is null
    union all
    select links.event_id, chains.group_id
    from chains
    inner join links
        on chains.event_id = links.corrected_event_id
),

grouped as (
    select
        entries.*,
        -- corrections that correct each other lead to nothing
        case
            when links.event_id is not null then coalesce(chains.group_id, 'circular')
            else entries.own_group_id
        end as group_id,
        coalesce(links.is_compensation, false) as is_second_correction
    from entries
    left join chains
        on entries.event_id = chains.event_id
    left join links
        on entries.event_id = links.event_id
),

compensated_groups as (
    select
        group_id,
        sum(case when not is_compensation then amount end) as original_amount,
        max(entry_load_id) as load_id
    from grouped
    group by group_id
    having bool_or(is_compensation)
),

candidates as (
    select grouped.*
    from grouped
    inner join compensated_groups
        on grouped.group_id = compensated_groups.group_id
    where not grouped.is_compensation and grouped.book is not null
),

originals as (
    {{ durable_events.deduplicate('candidates', key='group_id', order_by='event_time, event_id') }}
),

compensations as (
    select
        event_id,
        sum(amount) over (
            partition by group_id
            order by event_time, event_id
            rows between unbounded preceding and current row
        ) as amount_so_far,
        row_number() over (
            partition by group_id, event_name, corrects_event_id, amount, currency
            order by event_time, event_id
        ) as repetition
    from grouped
    where is_compensation
)

select
    grouped.event_id,
    grouped.event_name,
    grouped.book,
    grouped.event_time,
    grouped.event_date,
    grouped.user_key,
    grouped.account_id,
    {%- for name in more %}
    grouped.{{ name }},
    {%- endfor %}
    grouped.amount,
    grouped.currency,
    grouped.is_compensation,
    grouped.corrects_event_id,
    case when grouped.is_compensation then originals.event_id end as original_event_id,
    case
        when grouped.is_compensation then coalesce(originals.event_date, grouped.event_date)
        else grouped.event_date
    end as restated_date,
    nullif(concat_ws(
        ', ',
        case when grouped.book is null then 'has_another_name' end,
        case when grouped.amount is null and grouped.book is not null then 'no_amount' end,
        case
            when
                {{ durable_events.money_event_is('account', 'grouped.event_name') }} is not null
                and grouped.account_id is null
                then 'no_account'
        end,
        case
            when grouped.is_compensation and grouped.book is not null and originals.event_id is null
                then 'unknown_original'
        end,
        case
            when
                grouped.is_compensation
                and grouped.admitted_load_id < originals.admitted_load_id
                then 'came_before_original'
        end,
        case when grouped.is_second_correction then 'corrects_a_correction' end,
        case when compensations.repetition > 1 then 'repeats_correction' end,
        case
            when
                grouped.is_compensation
                and sign(compensated_groups.original_amount)
                * (compensated_groups.original_amount + compensations.amount_so_far) < 0
                then 'exceeds_original'
        end,
        case
            when grouped.is_compensation and grouped.currency <> originals.currency
                then 'other_currency'
        end
    ), '') as finding,
    grouped.own_group_id,
    grouped.group_id,
    grouped.admitted_load_id,
    grouped.renamed_load_id,
    grouped.entry_load_id,
    coalesce(compensated_groups.load_id, grouped.entry_load_id) as load_id
from grouped
left join compensated_groups
    on grouped.group_id = compensated_groups.group_id
left join originals
    on grouped.group_id = originals.group_id
left join compensations
    on grouped.event_id = compensations.event_id
{% if durable_events.is_repair() -%}
where
    {{ durable_events.load_window(
        'grouped.event_date', 'coalesce(compensated_groups.load_id, grouped.entry_load_id)'
    ) }}
{% endif -%}
order by grouped.event_date, grouped.event_time, grouped.event_id
{%- endmacro %}
