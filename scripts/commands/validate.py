"""Check with Great Expectations that what the newest load touched is as it should be.

    durable-events validate
    durable-events validate silver.events gold.daily_users --fail-on warning

The suites are in validation/suites.py. The results are printed, kept in the table
quality.validation_results, and written to a page that opens without a network. The warehouse is
open read-only while it is checked.

Ends with 0 if nothing critical fails, with 1 if something does, and with 2 if that can't be told.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import duckdb
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from durable_events.printing import printable
from durable_events.validation.page import render
from durable_events.validation.results import SEVERITIES, Result, Validation, save

Severity = StrEnum("Severity", SEVERITIES)
DATES = 3  # of an expectation that fails, the newest
short = partial(printable, length=80)
STYLES = {"critical": "bold red", "warning": "yellow", "info": "blue", "unchecked": "magenta"}


def cannot_tell(message: str) -> NoReturn:
    """End the command with 2, and say what to do."""
    print(message, file=sys.stderr)
    raise typer.Exit(2)


def why(warehouse: Path, error: Exception) -> str:
    """Why a warehouse can't be used, and what to do."""
    told = str(getattr(error, "orig", None) or error).strip()
    if "lock" in told:
        return f"{warehouse} is in use: {told}\nTry again when the other program is done with it."
    return f"Can't validate {warehouse}: {told}\nBuild it with `dbt build`."


@contextmanager
def progress() -> Iterator:
    """Something that is told what is done, and shows it to who sits at a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda doing: None
        return
    with console.status("Loading Great Expectations ...") as status:
        yield lambda table: status.update(Text(f"Checking {table} ..."))


def told(results: list[Result]) -> Text:
    """What fails, with its newest dates, in a few lines."""
    first = results[0]
    place = f"{first.table_name}.{first.column_name}" if first.column_name else first.table_name
    text = Text(f"{first.severity} ", style=STYLES[first.severity])
    text.append(f"{place}: {short(first.description)}", style="default")
    text.append(f" ({first.expectation})", style="dim")
    for result in results[:DATES]:
        values = ", ".join(map(short, result.unexpected_values))
        text.append(f"\n  {result.event_date or 'no date'}: {result.observed}", style="default")
        text.append(f": {values}" if values else "", style="default")
    if len(results) > DATES:
        text.append(f"\n  and {len(results) - DATES} more dates", style="default")
    return text


def show(console: Console, validation: Validation, tables: list[str]) -> None:
    """Print a line for each table, then what fails."""
    shown = Table(
        "table", title=f"Load {validation.load_id}", title_justify="left", box=SIMPLE_HEAD
    )
    headings = ("passed", *SEVERITIES, "unchecked")
    for heading in headings:
        shown.add_column(heading, justify="right")
    counts = validation.counts()
    for table in tables:
        if table not in counts:
            shown.add_row(table, *[""] * len(headings), style="dim")
            continue
        cells = [Text(str(counts[table][h] or ""), style=STYLES.get(h, "")) for h in headings]
        shown.add_row(table, *cells)
    console.print(shown)
    if untouched := [table for table in tables if table not in counts]:
        console.print(Text(f"The load touched nothing in {', '.join(untouched)}."))
    for results in validation.failing():
        console.print(told(results), soft_wrap=True)
    for result in validation.unchecked():
        text = Text("unchecked ", style=STYLES["unchecked"])
        text.append(f"{result.table_name}: {short(result.description)}: ", style="default")
        console.print(text.append(short(result.observed), style="default"), soft_wrap=True)


def main(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Tables to check; all that have a suite if not said.")
    ] = None,
    *,
    warehouse: Annotated[
        Path, typer.Option(envvar="DURABLE_EVENTS_DB", help="The DuckDB file to check.")
    ] = Path("warehouse.duckdb"),
    since_load: Annotated[
        int | None, typer.Option(help="Check what this load and those after it touched.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Check all of history.")] = False,
    fail_on: Annotated[
        Severity, typer.Option(help="End with 1 if something of this severity, or worse, fails.")
    ] = Severity.critical,
    docs: Annotated[Path, typer.Option(help="The folder to write the page to.")] = Path(
        "target/validation"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Check what the newest load touched. Ends with 0: fine, 1: something fails, 2: can't tell."""
    if not warehouse.is_file():
        cannot_tell(f"There is no warehouse {warehouse}: build it first, `make run`.")
    try:
        # said at once, and not after the seconds that importing Great Expectations takes
        duckdb.connect(str(warehouse), read_only=True).close()
    except duckdb.Error as error:
        cannot_tell(why(warehouse, error))
    with progress() as shown:
        from sqlalchemy.exc import DBAPIError

        from durable_events.validation.check import validate
        from durable_events.validation.suites import SUITES

        suites = tuple(suite for suite in SUITES if not tables or suite.table in tables)
        known = {suite.table for suite in SUITES}
        if unknown := sorted({*(tables or ())} - known):
            cannot_tell(f"No suite for {', '.join(unknown)}: add one in validation/suites.py.")
        try:
            validation = validate(warehouse, suites, since_load, everything, shown)
        except (DBAPIError, LookupError) as error:
            cannot_tell(why(warehouse, error))
    checked = [suite.table for suite in suites]
    if as_json:
        print(json.dumps(asdict(validation), default=str))
    else:
        show(Console(), validation, checked)
    try:
        save(warehouse, validation, checked)
        page = docs / "index.html" if validation.results else None
        if page:
            render(warehouse, page)
    except duckdb.Error as error:
        cannot_tell(f"The results were not kept. {why(warehouse, error)}")
    if page and not as_json:
        Console().print(Text(f"The page: {page}"), soft_wrap=True)
    worst = [*SEVERITIES][: SEVERITIES.index(fail_on) + 1]
    if any(results[0].severity in worst for results in validation.failing()):
        raise typer.Exit(1)
    if validation.unchecked():
        raise typer.Exit(2)
