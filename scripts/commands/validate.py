"""Check with Great Expectations that what the newest load touched is as it should be."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from durable_events.errors import CannotTell
from durable_events.options import AsJson, ProjectDir, WarehouseFile
from durable_events.printing import printable
from durable_events.project import Project, Table
from durable_events.validation.results import SEVERITIES, Result, Validation, save
from durable_events.warehouse import opened, why_unreadable

Severity = StrEnum("Severity", SEVERITIES)
DATES = 3  # of an expectation that fails, the newest
short = partial(printable, length=80)
STYLES = {"critical": "bold red", "warning": "yellow", "info": "blue", "unchecked": "magenta"}


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
    shown = Grid("table", title=f"Load {validation.load_id}", title_justify="left", box=SIMPLE_HEAD)
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


def chosen(project: Project, names: list[str] | None) -> tuple[list[Table], list[Table]]:
    """The tables to check, and those that would be checked if their models were on.

    Raises CannotTell for a name that no table has, and for a table of which nothing is expected.
    """
    named = {name: project.find(name) for name in names or ()}
    if unknown := [name for name, table in named.items() if table is None]:
        raise CannotTell(f"The project has no table {', '.join(unknown)}.")
    if silent := [str(table) for table in named.values() if not table.meta.get("expectations")]:
        raise CannotTell(
            f"Nothing is expected of {', '.join(silent)}: say what, in the YAML of the model, as "
            "meta: {expectations: [...]}."
        )
    told = [
        table
        for table in project.tables.values()
        if table.meta.get("expectations")
        # that a package has tables which this project does without is no news to anybody
        and not (table.is_off and table.node["package_name"] != project.name)
    ]
    tables = list(named.values()) or sorted(told, key=lambda table: (table.layer, str(table)))
    return [t for t in tables if not t.is_off], [t for t in tables if t.is_off]


def main(
    tables: Annotated[
        list[str] | None,
        typer.Argument(help="Models or tables to check; all that have expectations if not said."),
    ] = None,
    *,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    since_load: Annotated[
        int | None, typer.Option(help="Check what this load and those after it touched.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Check all of history.")] = False,
    fail_on: Annotated[
        Severity, typer.Option(help="End with 1 if something of this severity, or worse, fails.")
    ] = Severity.critical,
    docs: Annotated[
        Path | None,
        typer.Option(help="The folder for the page; target/validation if not said."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that what the newest load touched is as expected.

    Example: durable-events validate events daily_users --fail-on warning

    What is expected of a table is in the YAML of its model, under meta: {expectations: [...]}, and
    checked by Great Expectations. The results are printed, kept in the table
    quality.validation_results, and written to a page that opens without a network. The warehouse is
    open read-only while it is checked. Ends with 1 if something critical fails.
    """
    project = Project(project_dir)
    file = project.warehouse(warehouse)
    checked, off = chosen(project, tables)
    if tables and off:
        raise CannotTell(f"Off in this project, so there is nothing to check: {listed(off)}.")
    judged = project.table("judged_events")
    # said at once, and not after the seconds that importing Great Expectations takes
    with opened(file, project) as reading:
        if missing := [t for t in (judged, *checked) if not reading.has(t)]:
            build = " ".join(f"+{table.node['name']}" for table in missing)
            raise CannotTell(
                f"{file} does not have yet: {listed(missing)}. Run: dbt build --select {build}"
            )
    with progress() as shown:
        from sqlalchemy.exc import DBAPIError

        from durable_events.validation.check import validate
        from durable_events.validation.page import render
        from durable_events.validation.suites import suite

        suites = [suite(table) for table in checked]
        try:
            validation = validate(
                *(file, judged, suites),
                since_load=since_load,
                everything=everything,
                progress=shown,
            )
        except DBAPIError as error:
            raise CannotTell(why_unreadable(file, error)) from error
        except LookupError as error:
            raise CannotTell(f"Can't validate {file}: {error}.") from error
    names = [str(table) for table in checked]
    if as_json:
        found = asdict(validation) | {"off": [str(table) for table in off]}
        print(json.dumps(found, default=str))
    else:
        show(Console(), validation, names)
        if off:
            Console().print(Text(f"Off in this project, so not checked: {listed(off)}."))
    try:
        save(file, validation, names)
        page = (docs or project.target / "validation") / "index.html"
        if validation.results:
            render(file, page)
    except duckdb.Error as error:
        raise CannotTell(f"The results were not kept. {why_unreadable(file, error)}") from error
    if validation.results and not as_json:
        Console().print(Text(f"The page: {page}"), soft_wrap=True)
    worst = [*SEVERITIES][: SEVERITIES.index(fail_on) + 1]
    if any(results[0].severity in worst for results in validation.failing()):
        raise typer.Exit(1)
    if validation.unchecked():
        raise typer.Exit(2)


def listed(tables: list[Table]) -> str:
    """The names of tables."""
    return ", ".join(map(str, tables))
