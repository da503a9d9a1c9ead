"""A warehouse, opened read-only, as the pages see it: which tables it has, and rows of them."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from durable_events.comparison.read import rows


class Warehouse:
    """An open warehouse. Raises duckdb.Error if the file can't be opened."""

    def __init__(self, path: Path):
        self.connection = duckdb.connect(str(path), read_only=True)
        self.tables = {row["name"] for row in self.rows(
            "select table_schema || '.' || table_name as name from information_schema.tables"
        )}  # fmt: skip

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(self, *_) -> None:
        self.connection.close()

    def has(self, *tables: str) -> bool:
        """Whether all of the tables are there; those of a newer version may not be."""
        return self.tables.issuperset(tables)

    def rows(self, query: str, *parameters) -> list[dict]:
        """What a query gives: a dict per row."""
        return rows(self.connection, query, *parameters)

    def row(self, query: str, *parameters) -> dict:
        """The only row of what a query gives."""
        (found,) = self.rows(query, *parameters)
        return found

    def by_date(self, query: str, *parameters) -> dict[date, dict]:
        """What a query gives, by its first column, a date."""
        found = self.rows(query, *parameters)
        return {next(iter(row.values())): row for row in found}

    def newest_dates(self, count: int) -> tuple[date, date] | None:
        """The last so many days up to the newest with an event: first and last; None without."""
        if not self.has("gold.daily_event_counts"):
            return None
        last = self.row("select max(event_date) as date from gold.daily_event_counts")["date"]
        return None if last is None else (last - timedelta(days=count - 1), last)
