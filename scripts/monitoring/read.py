"""Read how a warehouse is from its own tables."""

import contextlib
import itertools
import statistics
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from durable_events.errors import CannotTell
from durable_events.monitoring.daily import DailyTable, daily_tables
from durable_events.project import Project
from durable_events.validation.results import RESULTS
from durable_events.warehouse import Warehouse, opened, rows

LAST_LOADS = 5
# The usual time between loads is the median of so many.
INTERVALS = 20
STALE_DATES = 10


@dataclass
class Status:
    """How a warehouse is. The fields are the keys of `--json`: docs/scheduling.md tells of them.

    Times are UTC. What the warehouse has no table for is None or empty.
    """

    loads: list[dict] = field(default_factory=list)
    load_count: int = 0
    newest_event_time: datetime | None = None
    watermark: datetime | None = None
    verdicts: list[dict] = field(default_factory=list)
    late_waiting_count: int = 0
    daily_tables: list[dict] = field(default_factory=list)
    findings: list[dict] = field(default_factory=list)
    validation_failures: list[dict] = field(default_factory=list)
    seconds_since_landing: float | None = None
    usual_seconds_between_landings: float | None = None
    needs_a_look: list[str] = field(default_factory=list)

    @property
    def newest_load_id(self) -> int:
        """The number of the newest load, 0 if there is none."""
        return self.loads[0]["load_id"] if self.loads else 0

    def as_dict(self) -> dict:
        """All of it, for JSON."""
        return asdict(self)


def read(
    warehouse: Warehouse, findings_after: int | None = None, max_age: timedelta | None = None
) -> Status:
    """Read how a warehouse is.

    `findings_after`: tell the findings of the loads after this one, instead of those of the newest
    load. `max_age`: how long ago files may have landed last. Raises duckdb.Error where a query
    fails.
    """
    status = Status()
    read_loads(warehouse, status)
    read_lines(warehouse, status)
    daily = daily_tables(warehouse.project.manifest)
    status.daily_tables = [daily_table(warehouse, table) for table in daily]
    status.findings = warehouse.rows(
        "select * from {event_quality_findings} "
        "where coalesce(load_id > ?, is_news) "
        "order by event_date desc, event_name, trigger_name, field",
        findings_after,
    )
    if warehouse.has(RESULTS):
        status.validation_failures = warehouse.rows(
            f"""
            select *
            from {RESULTS}
            where load_id = (select max(load_id) from {RESULTS}) and not success
            order by severity, table_name, event_date, expectation, column_name
            """
        )
    status.needs_a_look = what_needs_a_look(status, max_age)
    return status


def newest_load(path: Path, project: Project) -> dict[str, int | None]:
    """The newest load of all `loads`, that `touched` a date, and that was `validated`.

    None where there is no such table; of a file that is not there or can't be read, all are None.
    """
    newest: dict[str, int | None] = dict.fromkeys(("loads", "touched", "validated"))
    with contextlib.suppress(CannotTell), opened(path, project) as warehouse:
        for key, table in (("loads", "{loads}"), ("touched", "{event_quality_daily}")):
            for row in warehouse.rows(f"select max(load_id) as n from {table}"):
                newest[key] = row["n"]
        if warehouse.has(RESULTS):
            newest["validated"] = warehouse.row(f"select max(load_id) as n from {RESULTS}")["n"]
    return newest


def read_loads(warehouse: Warehouse, status: Status) -> None:
    """The newest loads, the newest first, and how often files land."""
    status.loads = warehouse.rows(
        """
        select
            loads.load_id,
            loads.load_kind,
            loads.received_at,
            cast(coalesce(sum(files.line_count), 0) as bigint) as line_count,
            count(files.file_name) as file_count
        from {loads} as loads
        left join {landed_files} as files
            on loads.load_id = files.load_id
        group by loads.load_id, loads.load_kind, loads.received_at
        order by loads.load_id desc
        limit ?
        """,
        LAST_LOADS,
    )
    for row in warehouse.rows("select count(*) as n from {loads}"):
        status.load_count = row["n"]
    landings = warehouse.rows(
        "select received_at from {loads} where load_kind = 'landing' order by load_id desc limit ?",
        INTERVALS + 1,
    )
    moments = [row["received_at"].replace(tzinfo=UTC) for row in landings]
    if moments:
        status.seconds_since_landing = (datetime.now(UTC) - moments[0]).total_seconds()
    if len(moments) > 1:
        status.usual_seconds_between_landings = statistics.median(
            (later - earlier).total_seconds() for later, earlier in itertools.pairwise(moments)
        )


def read_lines(warehouse: Warehouse, status: Status) -> None:
    """What became of the lines, in all and of the newest load."""
    status.verdicts = warehouse.rows(
        """
        select
            verdict,
            reason,
            count(*) as line_count,
            count(*) filter (load_id = ?) as newest_load_line_count
        from {judged_events}
        group by verdict, reason
        order by verdict, line_count desc, reason
        """,
        status.newest_load_id,
    )
    status.late_waiting_count = sum(
        row["line_count"] for row in status.verdicts if row["verdict"] == "late"
    )
    for row in warehouse.rows(
        """
        select
            max(event_time) filter (verdict = 'accepted') as newest_event_time,
            max_by(watermark, load_id) as watermark
        from {judged_events}
        """
    ):
        status.newest_event_time = row["newest_event_time"]
        status.watermark = row["watermark"]
    for load in status.loads:
        counts = warehouse.rows(
            "select verdict, count(*) as n from {judged_events} where load_id = ? group by verdict",
            load["load_id"],
        )
        load |= {"verdicts": {row["verdict"]: row["n"] for row in counts}}


def daily_table(warehouse: Warehouse, table: DailyTable) -> dict:
    """How far a daily table is, and which of its dates are behind its ledger."""
    told = {"table": str(table.table), "ledger": str(table.ledger), "is_built": True}
    if not warehouse.has(table.table, table.ledger):
        return told | {
            "is_built": False,
            "row_count": 0,
            "newest_date": None,
            "newest_load_id": None,
            "stale_date_count": 0,
            "stale_dates": [],
        }
    facts = warehouse.row(
        f"select count(*) as row_count, max({table.quoted_date}) as newest_date, "
        f"max(load_id) as newest_load_id from {table.table.sql}"
    )
    # a query of one column; as text, because a ledger may know of no date
    stale = [next(iter(row.values())) for row in rows(warehouse.connection, table.stale_dates)]
    stale.sort(key=str, reverse=True)
    return told | facts | {"stale_date_count": len(stale), "stale_dates": stale[:STALE_DATES]}


def what_needs_a_look(status: Status, max_age: timedelta | None) -> list[str]:
    """What somebody should look at, a sentence each. Findings are told, and are no reason."""
    looks = []
    landing = next((load for load in status.loads if load["load_kind"] == "landing"), None)
    if landing and not landing["verdicts"]:
        looks.append(
            f"Load {landing['load_id']} is in bronze and not in silver: the run that took it in "
            "did not finish. The next `dbt build` goes on from there."
        )
    for table in status.daily_tables:
        if not table["is_built"]:
            looks.append(f"{table['table']} or its ledger is not there yet: run `dbt build`.")
        elif table["stale_date_count"]:
            looks.append(
                f"{table['table']} has {table['stale_date_count']} stale dates (the newest: "
                f"{table['stale_dates'][0]}): run `dbt build`."
            )
    critical = [row for row in status.validation_failures if row["severity"] == "critical"]
    if critical:
        looks.append(f"{len(critical)} critical validations of load {critical[0]['load_id']} fail.")
    age = status.seconds_since_landing
    if max_age is not None and (age is None or age > max_age.total_seconds()):
        looks.append(f"{freshness(status)} Allowed: {spoken(max_age.total_seconds())}.")
    return looks


def freshness(status: Status) -> str:
    """How long ago the newest files landed, and how often they do, in a sentence."""
    if status.seconds_since_landing is None:
        return "Nothing has landed yet."
    told = f"Files last landed {spoken(status.seconds_since_landing)} ago"
    usual = status.usual_seconds_between_landings
    return told + ("." if usual is None else f"; usually every {spoken(usual)}.")


def spoken(seconds: float) -> str:
    """A duration in the largest unit of which it has two."""
    units = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
    unit, size = next((u for u in units if seconds >= 2 * u[1]), units[-1])
    return f"{round(seconds / size)} {unit}"
