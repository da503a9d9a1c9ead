{#- Fails for each kind of odd entry among those of a money ledger that the newest load touched. -#}
{% test compensations_are_sound(model) %}
{{ config(severity='warn') }}
select
    book,
    event_name,
    finding,
    count(*) as entry_count,
    min(event_id) as example_event_id
from {{ model }}
where
    finding is not null
    -- these have an outcome that nobody has to look at
    and finding not in ('came_before_original', 'corrects_a_correction', 'has_another_name')
    and load_id = (select max(entries.load_id) from {{ model }} as entries)
group by book, event_name, finding
order by book, event_name, finding
{% endtest %}
