"""Results of a validation, and where they are kept: the table quality.validation_results."""

from collections import Counter
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from pathlib import Path

import duckdb

from durable_events.project import Table

# In a schema of its own: it is no table of dbt's.
RESULTS = Table("quality", "validation_results")
SEVERITIES = ("critical", "warning", "info")  # the worst first

TABLE = """
create schema if not exists quality;
create table if not exists quality.validation_results (
    load_id bigint not null,
    validated_at timestamp not null,
    table_name varchar not null,
    event_date date,
    expectation varchar not null,
    column_name varchar,
    description varchar not null,
    expected varchar not null,
    severity varchar not null,
    success boolean,
    observed varchar not null,
    row_count bigint,
    unexpected_count bigint,
    unexpected_values varchar[] not null
);
comment on table quality.validation_results is
    'One row per load, expectation and date on which it fails; one without a date where it holds.';
"""


@dataclass(frozen=True)
class Result:
    """What came of an expectation, on one date or on all that were looked at.

    Args:
        table_name: schema and name of the table.
        event_date: of the rows; None where the expectation holds on all dates, and where what fails
            has no date or is not found by date.
        expectation: what Great Expectations calls it.
        column_name: the column, or several with commas between.
        description: what is expected, in words.
        expected: the same in Great Expectations' words, as JSON.
        severity: critical, warning or info.
        success: None if it could not be checked.
        observed: what was found, in words.
        row_count: rows that were looked at; None where it does not count rows.
        unexpected_count: those of them that are not as expected.
        unexpected_values: the most frequent of them, as text.
    """

    table_name: str
    event_date: date | None
    expectation: str
    column_name: str | None
    description: str
    expected: str
    severity: str
    success: bool | None
    observed: str
    row_count: int | None = None
    unexpected_count: int | None = None
    unexpected_values: tuple[str, ...] = ()


COLUMNS = tuple(field.name for field in fields(Result))


@dataclass(frozen=True)
class Validation:
    """All results of a load, tables in their order."""

    load_id: int
    validated_at: datetime
    results: list[Result]

    def by_expectation(self) -> list[list[Result]]:
        """The results of each expectation, tables and suites in their order."""
        found: dict[tuple, list[Result]] = {}
        for r in self.results:
            found.setdefault((r.table_name, r.expectation, r.expected), []).append(r)
        return list(found.values())

    def failing(self) -> list[list[Result]]:
        """The results of each expectation that fails; the worst first, newest dates first."""
        found = [
            sorted(results, key=lambda r: r.event_date or date.max, reverse=True)
            for results in self.by_expectation()
            if results[0].success is False
        ]
        return sorted(found, key=lambda results: SEVERITIES.index(results[0].severity))

    def unchecked(self) -> list[Result]:
        """Expectations that could not be checked."""
        return [result for result in self.results if result.success is None]

    def counts(self) -> dict[str, Counter]:
        """How many expectations of each table passed, were unchecked, or failed: by severity."""
        counts: dict[str, Counter] = {}
        for first, *_ in self.by_expectation():
            outcome = {True: "passed", False: first.severity, None: "unchecked"}[first.success]
            counts.setdefault(first.table_name, Counter())[outcome] += 1
        return counts


def save(warehouse: Path, validation: Validation, tables: list[str]) -> None:
    """Write the results of some tables, in place of those of the same load, in one transaction.

    Raises duckdb.Error if the file can't be written.
    """
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("begin")
        connection.execute(TABLE)
        connection.execute(
            "delete from quality.validation_results "
            "where load_id = ? and list_contains(?, table_name)",
            [validation.load_id, tables],
        )
        if validation.results:
            places = ", ".join("?" * (2 + len(COLUMNS)))
            connection.executemany(
                "insert into quality.validation_results "
                f"(load_id, validated_at, {', '.join(COLUMNS)}) values ({places})",
                [
                    (validation.load_id, validation.validated_at, *astuple(result))
                    for result in validation.results
                ],
            )
        connection.execute("commit")


def read(warehouse: Path) -> Validation:
    """Read the results of the newest load that was validated; the file is opened read-only.

    Raises duckdb.Error if the file can't be read, LookupError if nothing was validated.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        known = connection.execute(
            "select count(*) from information_schema.tables "
            "where table_schema = 'quality' and table_name = 'validation_results'"
        ).fetchone()[0]
        rows = (
            known
            and connection.execute(
                f"select load_id, validated_at, {', '.join(COLUMNS)} "
                "from quality.validation_results "
                "where load_id = (select max(load_id) from quality.validation_results) "
                "order by rowid"
            ).fetchall()
        )
    if not rows:
        raise LookupError(f"{warehouse} was not validated yet: run `durable-events validate`.")
    results = [Result(*row[2:-1], tuple(row[-1])) for row in rows]
    return Validation(rows[0][0], max(row[1] for row in rows), results)
