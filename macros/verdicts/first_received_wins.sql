{#- Which of several lines of one event counts: the first received, by load, file and line, whatever
    date it tells. What a registration let in counts as received with that load. A query for the
    other lines, the duplicates. -#}
{% macro first_received_wins(arrivals) -%}
-- to count numbers first, which takes in a few ids too many, is cheaper than to sort all texts
with repeated_hashes as (
    select {{ durable_events.row_hash(['event_id']) }} as id_hash
    from {{ arrivals }}
    group by id_hash
    having count(*) > 1
),

repeated_arrivals as (
    select *
    from {{ arrivals }}
    where
        {{ durable_events.row_hash(['event_id']) }} in (
            select repeated_hashes.id_hash from repeated_hashes
        )
)

{{ durable_events.deduplicate(
    'repeated_arrivals',
    key='event_id',
    order_by='eligible_load_id, load_id, file_name, line_number',
    keep='repeats'
) }}
{%- endmacro %}
