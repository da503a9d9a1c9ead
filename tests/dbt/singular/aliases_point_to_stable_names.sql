-- a row for each alias of an alias: events by that name would keep a name that is not stable
select
    aliases.alias,
    aliases.event_name
from {{ ref('event_aliases') }} as aliases
inner join {{ ref('event_aliases') }} as chained
    on aliases.event_name = chained.alias
