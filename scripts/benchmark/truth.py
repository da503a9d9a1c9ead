"""What is right: the tables of the hand-written script as of each landing day, to compare with."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from durable_events.benchmark import hand_written

# Tables that are compared, where a contender has them, and their keys.
KEYS = {
    "events": ("event_id",),
    "sessions": ("session_id",),
    "daily_event_counts": ("event_date", "event_name"),
    "daily_sessions": ("session_date",),
    "daily_users": ("event_date",),
}
# The columns that are compared. Of an event these tell whether it is the right one.
COLUMNS = {
    "events": ("event_id", "event_name", "event_time", "event_date", "user_key"),
    "sessions": (
        *("session_id", "user_key", "session_date", "started_at", "ended_at"),
        *("duration_seconds", "event_count"),
    ),
    "daily_event_counts": ("event_date", "event_name", "event_count", "user_count"),
    "daily_sessions": (
        *("session_date", "session_count", "user_count", "single_event_session_count"),
        *("event_count", "duration_seconds"),
    ),
    "daily_users": ("event_date", "active_user_count", "new_user_count", "returning_user_count"),
}
# A date without sessions may have a row of zeros or none: both say the same.
ONLY = {"daily_sessions": "session_count > 0"}


@dataclass(frozen=True)
class Wrong:
    """How a table differs from the truth: rows that are missing, too many or other, of how many."""

    table: str
    rows: int
    of: int


class Truth:
    """The right tables as of some landing days, in a DuckDB file."""

    def __init__(self, database: Path):
        self.database = database

    def build(self, files: list[Path], days: list[date]) -> None:
        """Build the tables from all files that ever land, as of each of the days.

        Of events the first received counts, so those known on a day are a part of those known in
        the end, and every line is parsed once.
        """
        everything = self.database.with_name("everything.duckdb")
        everything.unlink(missing_ok=True)
        hand_written.build(everything, files, "lines")
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(f"attach '{sql_text(everything)}' as everything (read_only)")
            # without the payloads: of a large history the file would not fit beside the others
            columns = ", ".join((*COLUMNS["events"], "landed_on"))
            connection.execute(f"create table events as select {columns} from everything.events")
            connection.execute("detach everything")
            everything.unlink()
            for day in sorted(set(days)):
                connection.execute(f'create schema "{day}"')
                connection.execute(f'use "{day}"')
                connection.execute(
                    f"create view events as from main.events where landed_on <= date '{day}'"
                )
                connection.execute(hand_written.sections()["tables"])
                connection.execute("drop table event_sessions")

    def wrong_rows(self, warehouse: Path, schemas: dict[str, str], day: date) -> list[Wrong]:
        """Compare a warehouse with the truth as of a landing day.

        Args:
            warehouse: a DuckDB file that no one has open.
            schemas: where it has the tables: table to schema. Others are not looked at.
            day: one of the days that the truth was built for.
        """
        with duckdb.connect() as connection:
            connection.execute(f"attach '{sql_text(self.database)}' as truth (read_only)")
            # under the name that its own views know it by
            connection.execute(f"attach '{sql_text(warehouse)}' as {warehouse.stem} (read_only)")
            return [
                compare(
                    connection,
                    table,
                    f"{warehouse.stem}.{schema}.{table}",
                    f'truth."{day}".{table}',
                )
                for table, schema in schemas.items()
            ]


def sql_text(path: Path) -> str:
    """A path for between single quotes."""
    return str(path).replace("'", "''")


def compare(connection, table: str, theirs: str, right: str) -> Wrong:
    """Count the rows of a table that are not as in another: by key, so a changed row counts once.

    Args:
        connection: a DuckDB connection that sees both.
        table: which of `KEYS` it is.
        theirs: the table to judge, as SQL.
        right: the table that is right, as SQL.
    """
    columns = ", ".join(COLUMNS[table])
    where = f"where {ONLY[table]}" if table in ONLY else ""

    def digest(relation: str) -> tuple:
        # cheaper than a comparison by row, which is needed only if this differs
        return connection.execute(
            f"select count(*), sum(hash({columns})) from ({select(relation)})"
        ).fetchone()

    def select(relation: str) -> str:
        # the same types on both sides, or equal values would have different digests
        typed = ", ".join(
            f"cast({column} as {TYPES.get(column, 'varchar')}) as {column}"
            for column in COLUMNS[table]
        )
        return f"select {typed} from {relation} {where}"

    here, there = digest(theirs), digest(right)
    if here == there:
        return Wrong(table, 0, there[0])
    keys = ", ".join(KEYS[table])
    ((rows,),) = connection.execute(
        f"select count(distinct ({keys})) from ("
        f"({select(theirs)} except all {select(right)})"
        f" union all ({select(right)} except all {select(theirs)}))"
    ).fetchall()
    return Wrong(table, rows, there[0])


TYPES = {
    "event_time": "timestamp",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "event_date": "date",
    "session_date": "date",
    "duration_seconds": "decimal(26, 6)",
} | dict.fromkeys(
    (
        *("event_count", "user_count", "session_count", "single_event_session_count"),
        *("active_user_count", "new_user_count", "returning_user_count"),
    ),
    "bigint",
)
