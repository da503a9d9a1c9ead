"""Show how a new version of an event differs from the old one, and whether it can take over."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from durable_events.comparison.read import OUTCOMES, Comparison, declared, names, parts, read
from durable_events.errors import CannotTell
from durable_events.options import AsJson, ProjectDir, WarehouseFile
from durable_events.printing import plain, table
from durable_events.project import Project
from durable_events.warehouse import opened


def heading(outcome: str, sides: tuple[str, str]) -> str:
    """What an outcome is called."""
    own = {"only_old": f"only in {sides[0]}", "only_new": f"only in {sides[1]}"}
    return own.get(outcome, outcome.replace("_", " "))


def percent(value: float | None) -> str:
    """A number of percent, in few letters."""
    return "" if value is None else f"{value:.{0 if abs(value) >= 100 else 1}f}"


def show(console: Console, comparison: Comparison) -> None:
    """Print days, columns, checks and, last so that it is seen, the verdict."""
    old, new = comparison.sides
    shown = table(f"{comparison.name}: {new} beside {old}")
    shown.add_column("date", no_wrap=True)
    outcomes = [heading(outcome, comparison.sides) for outcome in OUTCOMES]
    sums = [f"{metric} %" for metric in comparison.metrics]
    for title in (f"{old} rows", f"{new} rows", "rows %", *outcomes, *sums):
        shown.add_column(plain(title), justify="right", overflow="fold")
    for day in comparison.days:
        counts = [day["old_row_count"], day["new_row_count"]]
        counts.append(percent(day["row_count_difference_percent"]))
        counts += [day[f"{outcome}_count"] for outcome in OUTCOMES]
        counts += [percent(day[f"{metric}_difference_percent"]) for metric in comparison.metrics]
        shown.add_row(str(day["event_date"]), *map(plain, counts))
    console.print(shown)

    shown = table("By column, over these days", "column")
    for title in ("keys", "differ", "%"):
        shown.add_column(title, justify="right")
    shown.add_column(f"for example: key: {old} -> {new}", overflow="fold")
    places = {"both": "not compared", "old": f"only in {old}", "new": f"only in {new}"}
    for column in comparison.columns:
        counts = (column["compared_key_count"], column["differing_key_count"])
        notes = "\n".join(map(plain, column["examples"]))
        if not column["is_compared"]:
            notes = places[column["found_in"]]
        shown.add_row(
            plain(column["column_name"]),
            *map(plain, counts),
            percent(column["differing_percent"]),
            notes,
        )
    console.print(shown)

    shown = table("Checks", "check", "worst day")
    for title in ("%", "allowed %", "days beyond"):
        shown.add_column(title, justify="right")
    for check in comparison.checks:
        style = "bold red" if check["is_passed"] is False else None
        facts = (check["check_name"].replace("_", " "), check["event_date"])
        sizes = (percent(check["percent"]), f"{check['allowed_percent']:g}")
        shown.add_row(*map(plain, (*facts, *sizes, check["failing_day_count"])), style=style)
    console.print(shown)

    verdict = comparison.verdict
    failed = [check["reason"] for check in comparison.checks if check["is_passed"] is False]
    lines = ["not ready", *(f"  {reason}" for reason in failed)] if failed else [verdict["reason"]]
    for line in lines:
        console.print(line, style="bold", markup=False, highlight=False, soft_wrap=True)
    if verdict["days_left_count"] is not None:
        left = f"{old} is deprecated on {verdict['deprecation_date']}: "
        left += (
            f"{verdict['days_left_count']} days after {verdict['window_last_date']}, the newest "
        )
        console.print(left + "complete day.", markup=False, highlight=False, soft_wrap=True)


def chosen(project: Project, name: str | None) -> str:
    """The comparison to show: the one named, or the only one. Raises CannotTell otherwise."""
    known = declared(project)
    if name in known or (name is None and len(known) == 1):
        return name or known[0]
    there = f"There are: {', '.join(known)}." if known else "No versions are compared in it."
    asked = f"The project compares no versions of {name}." if name else "Versions of which event?"
    raise CannotTell(f"{asked} {there}")


def main(
    name: Annotated[
        str | None,
        typer.Argument(help="The event whose versions are compared; not needed if only one's are."),
    ] = None,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    page: Annotated[
        Path | None, typer.Option(help="Where to write the page; target/<name>.html if not said.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the new version of an event can take over.

    Example: durable-events compare my_event --page comparison.html

    Reads how the two versions differ from the tables my_event_comparison, my_event_differences and
    my_event_verdict, prints it, and writes it to a page that opens without a network. Ends with 1
    if the new version is not ready by the project's thresholds.
    """
    project = Project(project_dir)
    name = chosen(project, name)
    file = project.warehouse(warehouse)
    with opened(file, project) as reading:
        if name not in names(reading):
            missing = [part for part in parts(name) if not reading.has(part)]
            raise CannotTell(
                f"{file} has no {', '.join(missing)} yet. Build it: dbt build --select "
                f"{' '.join(f'+{part}' for part in missing)}"
            )
        comparison = read(reading, name)
    from durable_events.comparison.page import write

    page = page or project.target / f"{name}_comparison.html"
    write(page, comparison)
    console = Console()
    if as_json:
        print(json.dumps(asdict(comparison), default=str, indent=2))
    else:
        show(console, comparison)
        if comparison.is_ready is None:
            console.print("Land events of both versions, for a whole day, and run `dbt build`.")
        console.print(f"The page: {page}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit({True: 0, False: 1, None: 2}[comparison.is_ready])
