"""Print what is in the warehouse: each table, its rows, its newest date and load."""

import os
import sys

import duckdb
from rich.console import Console
from rich.table import Table

DATABASE = os.environ.get("DURABLE_EVENTS_DB", "warehouse.duckdb")
TABLES = """
select
    tables.table_schema,
    tables.table_name,
    max(columns.column_name) filter (columns.column_name in ('event_date', 'session_date')),
    bool_or(columns.column_name = 'load_id')
from information_schema.tables
inner join information_schema.columns using (table_schema, table_name)
where tables.table_schema in ('bronze', 'silver', 'gold')
group by tables.table_schema, tables.table_name
order by array_position(['bronze', 'silver', 'gold'], tables.table_schema), tables.table_name
"""


def main() -> None:
    """Print the table, or say why there is none."""
    try:
        connection = duckdb.connect(DATABASE, read_only=True)
    except duckdb.Error as error:
        sys.exit(f"Can't read {DATABASE}: {error}\nBuild it with `make run` or `dbt build`.")
    shown = Table(title=f"{DATABASE}", title_justify="left")
    for heading in ("table", "rows", "newest date", "newest load"):
        shown.add_column(heading, justify="left" if heading == "table" else "right")
    for schema, name, date, has_load in connection.execute(TABLES).fetchall():
        # names come from the catalog and are quoted; nothing of the data gets here
        newest = f'max("{date}")' if date else "null"
        load = "max(load_id)" if has_load else "null"
        query = f'select count(*), {newest}, {load} from "{schema}"."{name}"'
        rows, *rest = connection.execute(query).fetchone()
        shown.add_row(f"{schema}.{name}", f"{rows:,}", *(str(x) if x else "" for x in rest))
    console = Console()
    console.print(shown)
    console.print("Ask it anything, for example:", style="bold")
    console.print(
        '  .venv/bin/dbt show --limit 10 --inline "select * from gold.daily_sessions '
        'order by session_date desc"',
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
