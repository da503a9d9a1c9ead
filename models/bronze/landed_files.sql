-- one row per load and file: what was read of it
{{ config(materialized='incremental', incremental_strategy='append') }}

select
    load_id,
    file_name,
    max(received_at) as received_at,
    count(*) as line_count,
    min(line_number) as first_line_number,
    max(line_number) as last_line_number,
    max(file_bytes) as file_bytes,
    max(file_modified_at) as file_modified_at,
    max(content_bytes) as content_bytes,
    max(content_digest) as content_digest
from {{ ref('raw_events') }}
where {{ is_new_load() }}
group by load_id, file_name
order by load_id, file_name
