{#- The states that changes led to, a row each, with the span in which it held. -#}
{% macro state_history(changes, key, attributes, is_sparse=false) -%}
{%- set in_order = 'partition by ' ~ key ~ ' order by event_time, event_id' -%}
{%- set in_life = 'partition by ' ~ key ~ ', life_number order by event_time, event_id'
    ~ ' rows between unbounded preceding and current row' -%}
select
    {{ key }},
    cast(row_number() over ({{ in_order }}) as bigint) as state_number,
    {%- for attribute in attributes %}
    {{ attribute }},
    {%- endfor %}
    is_deleted,
    event_time as valid_from,
    lead(event_time) over ({{ in_order }}) as valid_to,
    event_id,
    event_date,
    newest_load_id as load_id
from (
    select
        *,
        {%- for column in attributes + ['is_deleted'] %}
        lag({{ column }}) over ({{ in_order }}) as previous_{{ column }},
        {%- endfor %}
        row_number() over ({{ in_order }}) as moment_number
    from (
        select
            {{ key }},
            event_id,
            event_time,
            event_date,
            is_deleted,
            {%- for attribute in attributes %}
            case
                when is_deleted then null
                {%- if is_sparse %}
                -- what was last said of it, if that was no null
                when
                    max(case when has_{{ attribute }} then change_number end) over ({{ in_life }})
                    = max(case when {{ attribute }} is not null then change_number end)
                        over ({{ in_life }})
                    then {{ durable_events.last_value_ignore_nulls(attribute) }} over ({{ in_life }})
                {%- else %}
                else {{ attribute }}
                {%- endif %}
            end as {{ attribute }},
            {%- endfor %}
            newest_load_id,
            next_event_time
        from (
            select
                *,
                row_number() over ({{ in_order }}) as change_number,
                lead(event_time) over ({{ in_order }}) as next_event_time,
                coalesce(sum(case when is_deleted then 1 else 0 end) over (
                    {{ in_order }}
                    rows between unbounded preceding and 1 preceding
                ), 0) as life_number,
                max(load_id) over (partition by {{ key }}) as newest_load_id
            from {{ changes }}
        ) as numbered
    ) as states
    -- of several changes at one moment the last holds
    where next_event_time is null or next_event_time > event_time
) as compared
-- a change that changes nothing begins no state
where
    moment_number = 1
    {%- for column in attributes + ['is_deleted'] %}
    or {{ column }} is distinct from previous_{{ column }}
    {%- endfor %}
{%- endmacro %}
