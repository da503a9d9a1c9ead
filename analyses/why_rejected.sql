-- one row per reason: how many lines were rejected for it, and where to look at one
select
    reason,
    count(*) as line_count,
    min(file_name || ':' || line_number) as for_example
from {{ ref('rejected_events') }}
group by reason
order by line_count desc, reason asc
