-- one row per landed line
{%- set files = new_files(this) %}
select
    filename as file_name,
    cast(regexp_extract(filename, '(\d{4}-\d{2}-\d{2})/[^/]+$', 1) as date) as landed_on,
    line
{%- if files %}
from read_csv(
    {{ files }},
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
{%- else %}
from (select '' as filename, '' as line where false) as nothing_new
{%- endif %}
