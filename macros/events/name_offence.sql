{#- What is wrong with an event's name by the convention object_action; null if nothing is. -#}
{% macro name_offence(event_name, kind) -%}
{#- past participles, the regular ones and others that events are named by -#}
{%- set past = '_([a-z]+ed|become|begun|bought|broken|built|cut|done|drawn|driven|found|given|gone'
    ~ '|held|hidden|hit|kept|known|left|lent|lost|made|met|paid|put|read|rung|seen|sent|set|shown'
    ~ '|shut|sold|spent|split|spoken|taken|thrown|told|undone|won|withdrawn|written)'
    ~ '(_(back|down|in|off|on|out|over|up))?$' -%}
case
        when not {{ durable_events.matches(event_name, '^[a-z][a-z0-9]*(_[a-z0-9]+)+$') }}
            then 'its name is no object_action in snake_case'
        when {{ kind }} = 'fact' and not {{ durable_events.matches(event_name, past) }}
            then 'a fact, but its name does not end in the past, as message_sent does'
        when
            {{ kind }} = 'command'
            and {{ durable_events.matches(event_name, past) }}
            and not {{ durable_events.matches(event_name, '_requested$') }}
            then 'a command, but its name ends in the past, as that of a fact'
    end
{%- endmacro %}
