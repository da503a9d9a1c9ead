-- a row for each landing file that is not what bronze has read: changed, vanished or unreadable
{{ config(severity='warn') }}
-- depends_on: {{ ref('raw_events') }}, {{ ref('landed_files') }}
{%- if execute %}{% do run_query(open_landing(known_files(ref('raw_events')))) %}{% endif %}

select file_name, status, message
from {{ landing_files() }}
where status in ('changed', 'vanished', 'unreadable')
