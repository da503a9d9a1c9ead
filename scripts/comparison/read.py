"""A comparison of two versions as gold has it: the verdict, its checks, days and columns."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from durable_events.rebuild import quoted

EXAMPLES = 3  # of each column that differs
OUTCOMES = ("identical", "modified", "only_old", "only_new", "not_comparable")
PARTS = ("verdict", "differences", "comparison")


@dataclass
class Comparison:
    """Two versions compared. Each of the lists has a dict per row, by the names of gold's columns.

    `columns` have `examples` besides, the newest first.
    """

    name: str
    verdict: dict
    checks: list[dict]
    days: list[dict]
    columns: list[dict]

    @property
    def is_ready(self) -> bool | None:
        """Whether the new version can take over; None where that can't be told."""
        return self.verdict["is_passed"]

    @property
    def sides(self) -> tuple[str, str]:
        """What the old version is called, and the new."""
        return self.verdict["old_name"], self.verdict["new_name"]

    @property
    def metrics(self) -> list[str]:
        """What was added up: the columns with a sum on each side."""
        if not self.days:
            return []
        return [key[4:-4] for key in self.days[0] if key.startswith("old_") and key[-4:] == "_sum"]


def names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The comparisons that a warehouse has all parts of."""
    found = connection.execute(
        "select regexp_extract(table_name, '(.*)_(verdict|differences|comparison)$', 1) as name "
        "from information_schema.tables where table_schema = 'gold' "
        "group by name having name <> '' and count(*) = 3 order by name"
    ).fetchall()
    return [name for (name,) in found]


def rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters) -> list[dict]:
    """What a query gives."""
    cursor = connection.execute(query, parameters)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def read(warehouse: Path, name: str) -> Comparison:
    """Read a comparison from a warehouse, which is opened read-only.

    Raises duckdb.Error if the file can't be read, LookupError if it has no such comparison.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        known = names(connection)
        if name not in known:
            there = f"It has: {', '.join(known)}." if known else "It has none."
            raise LookupError(f"{warehouse} has no comparison of {name}. {there}")
        verdict, differences, comparison = (quoted(f"{name}_{part}") for part in PARTS)
        first, *checks = rows(connection, f"select * from gold.{verdict} order by check_number")
        span = (first["window_first_date"], first["window_last_date"])
        between = f"from gold.{comparison} where event_date between ? and ?"
        days = rows(connection, f"select * {between} order by event_date", *span)
        columns = rows(
            connection,
            f"select * from gold.{differences} "
            "order by differing_key_count desc nulls last, is_compared desc, column_name",
        )
    for column in columns:
        example = f"{column['column_name']}_example"
        told = [day[example] for day in reversed(days) if day.get(example) is not None]
        column["examples"] = told[:EXAMPLES]
    return Comparison(name, first, checks, days, columns)
