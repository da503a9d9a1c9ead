{#- The known lines on which a reconciliation or a registration since then has a say. -#}
{% macro reopened_lines(known_lines, landings, names_today, seen) -%}
-- what came too late, and is let in
select known.*
from {{ known_lines }} as known
inner join {{ landings }} as landings
    on known.load_id = landings.load_id
where known.verdict = 'late' and landings.reconciliation_id is not null
union all
-- what is set aside, and what has another name or contract now
select known.*
from {{ known_lines }} as known
inner join {{ names_today }} as names
    on known.sent_event_name = names.sent_event_name
inner join {{ seen }} as seen
    on names.registration_id > seen.load_id
inner join {{ landings }} as landings
    on known.load_id = landings.load_id
where
    not (known.verdict = 'late' and landings.reconciliation_id is not null)
    and (
        {{ durable_events.is_set_aside('known.reason', 'known.schema_version') }}
        or names.renamed_load_id is distinct from known.renamed_load_id
    )
{%- endmacro %}
