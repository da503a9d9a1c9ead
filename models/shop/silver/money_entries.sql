-- one row per event that moves money
{{ config(
    materialized='incremental',
    incremental_strategy='by_load',
    unique_key=['event_date', 'event_id'],
    event_time='event_date',
) }}
{%- set envelope = [
    'event_id', 'event_name', 'event_time', 'event_date', 'user_key', 'admitted_load_id',
    'renamed_load_id', 'load_id',
] %}
{%- set declared = declare(columns=envelope + ['properties'], properties={
    'amount': 'decimal(18,4)',
    'currency': 'varchar',
    'order_id': 'varchar',
    'payment_id': 'varchar',
    'account_id': 'varchar',
    'corrects_event_id': 'varchar',
}) %}
{%- set declared_line = declare(
    columns=['event_id'],
    properties={'quantity': 'integer', 'unit_price': 'decimal(18,4)'},
    json='item',
) %}

with recursive names as (
    select sent_event_name
    from {{ ref('registrations') }}
    where event_name in ({{ quoted(setting('money_events')) }}) and {{ is_load_to_replay() }}
),

sent as (
    select
        {{ envelope | join(', ') }},
        -- who sends no properties has all of it at the top
        coalesce(properties, context_json) as properties
    from {{ ref('events') }}
    where
        {{ 'true' if is_repair() else is_new_load() }}
        and (
            event_name in ({{ quoted(setting('money_events')) }})
            -- it moved money, until it was given another name
            or (
                renamed_load_id is not null
                and (
                    sent_event_name in ({{ quoted(setting('money_events')) }})
                    or sent_event_name in (select names.sent_event_name from names)
                )
            )
        )
),

typed as (
    {{ typed_columns('sent', declared) }}
),

lines as (
    select
        typed.event_id,
        items.item
    from typed
    cross join {{ json_items(
        'case when ' ~ holds_object('typed.properties') ~ ' then typed.properties end',
        '$.items',
        'items'
    ) | indent }}
    where typed.amount is null
),

priced_lines as (
    {{ typed_columns('lines', declared_line) }}
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
        typed.event_id,
        typed.event_name,
        {{ money_event_is('book', 'typed.event_name') }} as book,
        typed.event_time,
        typed.event_date,
        typed.user_key,
        typed.account_id,
        typed.order_id,
        typed.payment_id,
        case {{ money_event_is('sign', 'typed.event_name') }}
            when 1 then coalesce(typed.amount, line_sums.amount)
            when -1 then -abs(coalesce(typed.amount, line_sums.amount))
        end as amount,
        coalesce(nullif(trim(typed.currency), ''), 'XXX') as currency,
        typed.corrects_event_id,
        {{ money_event_is('key', 'typed.event_name', column=true) }} as shared_key,
        typed.admitted_load_id,
        typed.renamed_load_id,
        typed.load_id as entry_load_id
    from typed
    left join line_sums
        on typed.event_id = line_sums.event_id
),

keyed as (
    select
        *,
        coalesce(
            {{ money_event_is('key') }} || ':' || shared_key,
            'event_id:' || event_id
        ) as own_group_id,
        book is not null and coalesce(
            corrects_event_id is not null
            or ({{ money_event_is('compensates') }} and shared_key is not null),
            false
        ) as is_compensation
    from new_entries
),

{% set entry = [
    'event_id', 'event_name', 'book', 'event_time', 'event_date', 'user_key', 'account_id',
    'order_id', 'payment_id', 'amount', 'currency', 'corrects_event_id', 'own_group_id',
    'is_compensation', 'admitted_load_id', 'renamed_load_id', 'entry_load_id',
] | join(', ') -%}
{% if is_incremental() and not is_repair() -%}
-- all that belongs together is computed anew together
touched_groups as (
    select known.group_id
    from {{ this }} as known
    where known.event_id in ({{ few('keyed.event_id', 'keyed') }})
    union
    select known.group_id
    from {{ this }} as known
    where known.event_id in ({{ few('keyed.corrects_event_id', 'keyed') }})
    union
    select known.group_id
    from {{ this }} as known
    where known.corrects_event_id in ({{ few('keyed.event_id', 'keyed') }})
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
        known.group_id in ({{ few('touched_groups.group_id', 'touched_groups') }})
        and keyed.event_id is null
),

{% endif -%}
entries as (
    select {{ entry }}
    from keyed
    {%- if is_incremental() and not is_repair() %}
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
    {{ deduplicate('candidates', key='group_id', order_by='event_time, event_id') }}
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
    grouped.order_id,
    grouped.payment_id,
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
        case when grouped.book = 'wallet' and grouped.account_id is null then 'no_account' end,
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
{% if is_repair() -%}
where {{ load_window('grouped.event_date', 'coalesce(compensated_groups.load_id, grouped.entry_load_id)') }}
{% endif -%}
order by grouped.event_date, grouped.event_time, grouped.event_id
