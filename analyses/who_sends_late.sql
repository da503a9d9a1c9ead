-- one row per source and platform: how long after they happened its events were sent
select
    coalesce(source_system, '(not said)') as source_system,
    coalesce(platform, '(not said)') as platform,
    count(*) as event_count,
    round(avg(case when src_ts - event_time > interval 1 hour then 100 else 0 end), 2)
        as percent_over_an_hour,
    round(avg(case when src_ts - event_time > interval 1 day then 100 else 0 end), 2)
        as percent_over_a_day,
    max(src_ts - event_time) as longest
from {{ ref('events') }}
where src_ts is not null
group by coalesce(source_system, '(not said)'), coalesce(platform, '(not said)')
order by percent_over_an_hour desc, source_system asc, platform asc
