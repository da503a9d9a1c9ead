"""Tell what late events changed: dates, sessions, and what a fixed lookback would have missed."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from durable_events.options import AsJson, ProjectDir, WarehouseFile
from durable_events.printing import as_json as json_of
from durable_events.project import PACKAGE, Project
from durable_events.warehouse import opened, rows

# An event is late if it is older than the watermark of its load: see macros/events. Its date was
# told before, and is told anew.
LATE_EVENTS = """
with counted as (
    select
        event_date,
        event_time < watermark as is_late,
        cast(watermark as date) - event_date as days_late,
        watermark - event_time as delay
    from {judged_events}
    where verdict = 'accepted'
)

select
    count(*) as event_count,
    count(*) filter (where is_late) as late_event_count,
    count(distinct event_date) as date_count,
    count(distinct event_date) filter (where is_late) as reopened_date_count,
    count(distinct event_date) filter (where is_late and days_late > ?) as missed_date_count,
    count(*) filter (where is_late and days_late > ?) as missed_event_count,
    max(date_part('epoch', delay)) filter (where is_late) as longest_delay_seconds
from counted
"""
SESSIONS = "sessions_changed_by_late_events"


def main(
    lookback: Annotated[
        int,
        typer.Option(min=0, help="A lookback in days, to compare with: dbt's microbatch has 1."),
    ] = 3,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell what late events changed.

    Example: durable-events late --lookback 7

    Which dates they reopened, what became of sessions, and which dates a table that is recomputed
    for a fixed number of days would have wrong. An event is late if the loads before its own had
    brought a newer one (less `watermark_delay`). Reads, and changes nothing.
    """
    project = Project(project_dir)
    file = project.warehouse(warehouse)
    with opened(file, project) as reading:
        found = reading.row(LATE_EVENTS, lookback, lookback)
        loads = reading.row("select count(*) as load_count from {loads}")["load_count"]
    found = {"load_count": loads, "lookback_days": lookback} | found
    effects = []
    if found["late_event_count"]:
        with TemporaryDirectory(prefix="late-") as scratch:
            analysis = project.manifest["nodes"][f"analysis.{PACKAGE}.{SESSIONS}"]["raw_code"]
            query = project.compiled(analysis, project.environment(file), Path(scratch))
        with opened(file, project) as reading:
            effects = rows(reading.connection, query)
    found["sessions"] = {row["effect"]: row["session_count"] for row in effects}
    print(json_of(found) if as_json else "\n".join(told(found)))


def told(found: dict) -> list[str]:
    """The same in words, a line each."""
    late, lookback = found["late_event_count"], found["lookback_days"]
    if not late:
        return [
            f"No event of {found['event_count']:,} was late, in {found['load_count']} loads: none "
            "was older than the newest of the loads before its own."
        ]
    effects = ", ".join(f"{count:,} {effect}" for effect, count in found["sessions"].items())
    share = 100 * late / found["event_count"]
    return [
        f"{late:,} of {found['event_count']:,} events ({share:.1f} %) came late, after newer ones: "
        f"up to {found['longest_delay_seconds'] / 86400:.0f} days after.",
        f"They reopened {found['reopened_date_count']:,} of {found['date_count']:,} dates, and no "
        "other.",
        f"Sessions that they changed: {effects or 'none'}.",
        f"A lookback of {lookback} days would have left {found['missed_date_count']:,} dates "
        f"wrong: {found['missed_event_count']:,} of these events would be missing.",
    ]
