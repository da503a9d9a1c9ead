model (
    name plain.events,
    kind incremental_by_time_range (time_column landed_on),
    start '2025-01-01',
    columns (
        event_id varchar, event_name varchar, event_time timestamp, event_date date,
        src_ts timestamp, user_id varchar, anonymous_id varchar, user_key varchar,
        schema_version int, source_system varchar, app_version varchar, platform varchar,
        country_code varchar, page_url varchar, properties varchar, context_json varchar,
        landed_on date
    ),
    description 'One row per event: of those with the same id the first received.'
);

with texts as (
    select
        file_name,
        landed_on,
        line,
        case
            when json_valid(line) and starts_with(line, '{')
                then json_extract_string(line, [
                    '$.messageId', '$.event_id', '$.id',
                    '$.event', '$.event_name', '$.type',
                    '$.timestamp', '$.event_timestamp', '$.occurred_at',
                    '$.userId', '$.user_id', '$.customer_id',
                    '$.anonymousId', '$.anonymous_id',
                    '$.sentAt', '$.src_ts',
                    '$.source', '$.source_system',
                    '$.schema_version', '$.app_version', '$.platform', '$.country_code',
                    '$.page_url',
                    '$.properties', '$.payload'
                ])
        end as t
    from plain.raw_events
    where landed_on between @start_date and @end_date
),

-- materialized, or the conditions below would parse each line once for every field they look at
parsed as materialized (
    select
        file_name,
        landed_on,
        coalesce(t[1], t[2], t[3]) as event_id,
        coalesce(t[4], t[5], t[6]) as event_name,
        coalesce(
            cast(try_cast(coalesce(t[7], t[9]) as timestamptz) as timestamp),
            make_timestamp(try_cast(t[8] as bigint) * 1000)
        ) as event_time,
        coalesce(
            cast(try_cast(t[15] as timestamptz) as timestamp),
            make_timestamp(try_cast(t[16] as bigint) * 1000)
        ) as src_ts,
        coalesce(t[10], t[11], t[12]) as user_id,
        coalesce(t[13], t[14]) as anonymous_id,
        coalesce(t[17], t[18]) as source_system,
        cast(coalesce(t[19], '1') as int) as schema_version,
        t[20] as app_version,
        t[21] as platform,
        t[22] as country_code,
        t[23] as page_url,
        coalesce(t[24], t[25]) as properties,
        line as context_json
    from texts
)

select
    event_id,
    event_name,
    event_time,
    cast(event_time as date) as event_date,
    src_ts,
    user_id,
    anonymous_id,
    coalesce(user_id, anonymous_id) as user_key,
    schema_version,
    source_system,
    app_version,
    platform,
    country_code,
    page_url,
    properties,
    context_json,
    landed_on
from parsed
where
    event_id is not null
    and event_name is not null
    -- some clocks run years ahead
    and event_time < landed_on + interval '2' day
    -- a version that nobody knows is set aside
    and (
        schema_version <= 2
        or event_name not in (
            'page_viewed', 'product_searched', 'product_add_to_cart', 'checkout_completed',
            'user_signed_up', 'order_placed', 'payment_received'
        )
    )
    and event_id not in (
        select known.event_id
        from plain.events as known
        where known.landed_on < @start_date
    )
qualify row_number() over (partition by event_id order by landed_on, file_name) = 1
