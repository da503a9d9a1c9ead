"""A warehouse, opened read-only: whether it is there, which of a project's tables it has, rows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from durable_events.errors import CannotTell
from durable_events.project import Project, Table

MODEL = re.compile(r"\{(\w+)\}")


def found(path: Path) -> Path:
    """The path of a warehouse that is there. Raises CannotTell if it is not, or not yet."""
    if not path.absolute().parent.is_dir():
        raise CannotTell(
            f"There is no folder {path.parent} for the warehouse {path.name}: make it, or name "
            "another file (DURABLE_EVENTS_DB, --warehouse)."
        )
    if not path.is_file():
        raise CannotTell(f"There is no warehouse {path}: build it first, `dbt build`.")
    return path


def why_unreadable(path: Path, error: Exception) -> str:
    """Why a warehouse can't be used, and what to do."""
    told = str(getattr(error, "orig", None) or error).strip()
    if "lock" not in told:
        return f"Can't read {path}: {told}"
    holder = re.search(r"Conflicting lock is held in (.*?) ?\(PID (\d+)\)", told)
    program, process = holder.groups() if holder else ("", "?")
    return (
        f"{path} is in use: process {process} ({program or 'unknown'}) has it open, most likely a "
        f"build. Try again when it is done; `ps -fp {process}` says what it is."
    )


@contextmanager
def opened(path: Path, project: Project) -> Iterator["Warehouse"]:
    """A warehouse, open for reading. Raises CannotTell where that can't be, or a query fails."""
    found(path)
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            yield Warehouse(connection, project)
    except duckdb.Error as error:
        raise CannotTell(why_unreadable(path, error)) from error


def rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters) -> list[dict]:
    """What a query gives: a dict per row, by column."""
    cursor = connection.execute(query, parameters)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


class Warehouse:
    """A warehouse that is open for reading, and the project whose tables it has.

    In a query `{judged_events}` stands for the table of the model judged_events, whatever schema it
    is in.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, project: Project):
        self.connection = connection
        self.project = project
        self.built = {
            Table(schema, name)
            for schema, name in connection.execute(
                "select table_schema, table_name from information_schema.tables "
                "where table_catalog = current_database()"
            ).fetchall()
        }

    def has(self, *tables: str | Table) -> bool:
        """Whether all of the tables, or those of the models named, are there."""
        named = (self.project.tables.get(t) if isinstance(t, str) else t for t in tables)
        return all(t is not None and Table(t.schema, t.identifier) in self.built for t in named)

    def rows(self, query: str, *parameters) -> list[dict]:
        """What a query gives: a dict per row; nothing where a table that it reads is not there."""
        if not self.has(*MODEL.findall(query)):
            return []
        query = MODEL.sub(lambda found: self.project.tables[found[1]].sql, query)
        return rows(self.connection, query, *parameters)

    def row(self, query: str, *parameters) -> dict:
        """The only row of what a query gives."""
        (only,) = self.rows(query, *parameters)
        return only

    def by_date(self, query: str, *parameters) -> dict[date, dict]:
        """What a query gives, by its first column, a date."""
        return {next(iter(row.values())): row for row in self.rows(query, *parameters)}
