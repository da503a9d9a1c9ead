model (
    name plain.raw_events,
    kind incremental_by_time_range (time_column landed_on),
    start '2025-01-01',
    columns (file_name varchar, landed_on date, line varchar),
    description 'One row per landed line.'
);

select
    filename as file_name,
    cast(regexp_extract(filename, '([0-9]{4}-[0-9]{2}-[0-9]{2})/[^/]+$', 1) as date) as landed_on,
    line
from read_csv(
    @landing_files(),
    columns = {'line': 'varchar'},
    delim = e'\x01',
    quote = '',
    escape = '',
    header = false,
    auto_detect = false,
    strict_mode = false,
    ignore_errors = true,
    max_line_size = 16777216,
    filename = true
)
