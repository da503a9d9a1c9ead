"""Say how a warehouse is: loads, lateness, stale dates, rejects, findings."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from durable_events.errors import CannotTell
from durable_events.monitoring.durations import duration
from durable_events.monitoring.read import Status, freshness, read
from durable_events.options import AsJson, ProjectDir, WarehouseFile
from durable_events.printing import as_json, plain, table
from durable_events.project import Project
from durable_events.validation.results import RESULTS
from durable_events.warehouse import opened

FINDINGS_SHOWN = 20


def moment(at: datetime | None) -> str:
    """A time, to the minute."""
    return f"{at:%F %H:%M}" if at else "none"


def show(console: Console, warehouse: Path, status: Status) -> None:
    """Print what there is and, last so that it is seen, what needs a look."""
    shown = table(f"{plain(warehouse)}: the newest loads; in all {status.load_count:,}")
    for title in ("load", "kind", "received (UTC)"):
        shown.add_column(title, no_wrap=True)
    verdicts = ("accepted", "duplicate", "late", "rejected")
    for title in ("lines", *verdicts):
        shown.add_column(title, justify="right", overflow="fold")
    for load in status.loads:
        counts = [load["line_count"], *(load["verdicts"].get(verdict, 0) for verdict in verdicts)]
        shown.add_row(
            *map(plain, (load["load_id"], load["load_kind"], moment(load["received_at"]))),
            *(f"{count:,}" for count in counts),
        )
    console.print(shown)

    shown = table("Daily tables")
    shown.add_column("table", overflow="fold")
    for title in ("rows", "newest date", "newest load", "stale dates"):
        shown.add_column(title, justify="right")
    for daily in status.daily_tables:
        stale = ", ".join(map(str, daily["stale_dates"][:3]))
        stale += f" … {daily['stale_date_count']:,}" if daily["stale_date_count"] > 3 else ""
        facts = (daily["newest_date"], daily["newest_load_id"], stale)
        shown.add_row(
            plain(daily["table"]),
            f"{daily['row_count']:,}" if daily["is_built"] else "not built",
            *map(plain, facts),
            style=None if daily["is_built"] and not stale else "bold red",
        )
    console.print(shown)

    shown = table("What became of the lines", "verdict", "reason")
    for title in ("lines", "of the newest load"):
        shown.add_column(title, justify="right")
    for row in status.verdicts:
        counts = (row["line_count"], row["newest_load_line_count"])
        shown.add_row(plain(row["verdict"]), plain(row["reason"]), *(f"{n:,}" for n in counts))
    console.print(shown)

    show_findings(console, status)
    for line in (
        f"Newest event: {moment(status.newest_event_time)}"
        f" · watermark of the newest load: {moment(status.watermark)}"
        f" · late events that wait: {status.late_waiting_count:,}",
        freshness(status),
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    well = "The tables are up to date; see the findings." if status.findings else "All is well."
    for line in status.needs_a_look or [well]:
        style = "bold red" if status.needs_a_look else "bold green"
        console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def show_findings(console: Console, status: Status) -> None:
    """Print the findings and the failed validations of the newest load, where there are any."""
    if status.findings:
        shown = table("Findings of the newest load", "date", "trigger")
        for title in ("event", "field", "finding"):
            shown.add_column(title, overflow="fold")
        for row in status.findings[:FINDINGS_SHOWN]:
            keys = ("event_date", "trigger_name", "event_name", "field")
            shown.add_row(*(plain(row[key]) for key in keys), plain(row["finding"], 300))
        console.print(shown)
        if len(status.findings) > FINDINGS_SHOWN:
            console.print(f"… {len(status.findings):,} in the table event_quality_findings")
    if status.validation_failures:
        shown = table("Validations that fail", "severity", "table", "date", "column", "expectation")
        for row in status.validation_failures[:FINDINGS_SHOWN]:
            keys = ("severity", "table_name", "event_date", "column_name", "expectation")
            style = "bold red" if row["severity"] == "critical" else None
            shown.add_row(*(plain(row[key]) for key in keys), style=style)
        console.print(shown)
        if len(status.validation_failures) > FINDINGS_SHOWN:
            console.print(f"… {len(status.validation_failures):,} in {RESULTS}")


def main(
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    max_age: Annotated[
        timedelta | None,
        typer.Option(
            parser=duration,
            metavar="DURATION",
            help="End with 1 if the newest files landed longer ago, e.g. 2h or '3 days'.",
        ),
    ] = None,
    is_json: AsJson = False,
) -> None:
    """Say how a warehouse is: loads, stale dates, findings.

    Example: durable-events status --json --max-age "2 hours"

    The warehouse is opened read-only. Ends with 1 if something needs a look: stale dates, a load
    that did not get through, critical validations that fail, files that are overdue (--max-age).
    """
    try:
        project = Project(project_dir)
        file = project.warehouse(warehouse)
        with opened(file, project) as reading:
            status = read(reading, max_age=max_age)
    except CannotTell as error:
        if is_json:
            print(as_json({"state": "unknown", "reason": str(error)}))
            raise typer.Exit(2) from error
        raise
    if is_json:
        state = "needs_a_look" if status.needs_a_look else "well"
        print(as_json({"state": state} | status.as_dict()))
    else:
        show(Console(), file, status)
    raise typer.Exit(1 if status.needs_a_look else 0)
