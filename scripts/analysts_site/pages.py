"""What each page shows: read from gold, and handed to the template of the same name."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from durable_events.analysts_site import lateness
from durable_events.analysts_site.docs import DOCS, LINEAGE
from durable_events.analysts_site.guide import GUIDE, write_guide
from durable_events.comparison.page import write as write_comparison
from durable_events.comparison.read import names as comparisons
from durable_events.comparison.read import read as read_comparison
from durable_events.pages.charts import Chart, days, spark
from durable_events.pages.render import Link, write
from durable_events.project import Project
from durable_events.validation.page import render as write_validation
from durable_events.validation.results import Validation
from durable_events.validation.results import read as read_validation
from durable_events.warehouse import Warehouse, opened

HERE = Path(__file__).resolve().parent
DAY_COUNT = 60  # of the charts
EVENT_COUNT = 100  # names on the page of events
ROW_COUNT = 200  # of findings

QUALITY, FINDINGS = "event_quality_daily", "event_quality_findings"
# What is wrong with lines: what it is called, column, colour.
TROUBLE = {
    "duplicates": ("duplicate_count", "amber"),
    "rejected": ("rejected_count", "red"),
    "contract violations": ("contract_violation_count", "violet"),
    "waiting": ("waiting_count", "grey"),
}
# What becomes of lines, as the small charts have it.
LINES = {"accepted": "blue", "duplicates": "amber", "rejected": "red", "commands": "grey"}
MISSING = {
    "app version": ("missing_app_version_count", "blue"),
    "platform": ("missing_platform_count", "amber"),
    "country": ("missing_country_code_count", "violet"),
    "user": ("missing_user_count", "red"),
}


def questions(warehouse: Warehouse) -> list[dict]:
    """The tables whose YAML says which question they answer: question, table, href.

    Those of one's own come first, then gold's, silver's and bronze's.
    """
    found = [
        table
        for table in warehouse.project.tables.values()
        if table.meta.get("question") and warehouse.has(table)
    ]
    return [
        {
            "question": table.meta["question"],
            "table": str(table),
            "href": f"{DOCS}#!/model/{table.node['unique_id']}",
        }
        for table in sorted(found, key=lambda table: (-table.layer, table.identifier))
    ]


def facts(warehouse: Warehouse) -> dict:
    """How fresh the warehouse is, and how much is in it; None where a table is not there."""
    found = {}
    if span := newest_dates(warehouse, 1):
        found["newest event"] = warehouse.row(
            "select max(event_time) as value from {events} where event_date = ?", span[1]
        )["value"]
        found["events"] = warehouse.row(
            "select sum(event_count)::bigint as value from {daily_event_counts}"
        )["value"]
    for load in warehouse.rows(
        "select load_id, received_at from {loads} order by load_id desc limit 1"
    ):
        found |= {"newest load": load["load_id"], "received": load["received_at"]}
    for row in warehouse.rows("select count(*) as value from {users}"):
        found["users"] = row["value"]
    for row in warehouse.rows(
        "select coalesce(sum(session_count), 0)::bigint as value from {daily_sessions}"
    ):
        found["sessions"] = row["value"]
    if warehouse.has(QUALITY):
        columns = {"lines": "line_count", "duplicates": "duplicate_count"}
        columns |= {"rejected": "rejected_count", "commands": "command_count"}
        columns |= {"waiting": "waiting_count"}
        sums = [f"coalesce(sum({column}), 0)::bigint as {n}" for n, column in columns.items()]
        found |= warehouse.row(f"select {', '.join(sums)} from {{{QUALITY}}}")
    return found


def volume(warehouse: Warehouse, span: tuple[date, date] | None) -> list[Chart]:
    """Charts of events, users and sessions by day."""
    if span is None:
        return []
    events = warehouse.by_date(
        "select event_date, sum(event_count)::bigint as events from {daily_event_counts} "
        "where event_date between ? and ? group by all order by all",
        *span,
    )
    caption = "Distinct events, on the day they happened (UTC)."
    charts = [days("Events by day", caption, events, {"events": "blue"})]
    if warehouse.has("daily_sessions"):
        sessions = warehouse.by_date(
            "select session_date, session_count as sessions, user_count as users "
            "from {daily_sessions} where session_date between ? and ? order by all",
            *span,
        )
        caption = "Sessions that began on the day, and the users who began them."
        colours = {"sessions": "amber", "users": "blue"}
        charts.append(days("Sessions and users by day", caption, sessions, colours, "line"))
    return [chart for chart in charts if chart]


def trouble(warehouse: Warehouse, span: tuple[date, date] | None) -> list[Chart]:
    """Charts of what is wrong with the lines that came, by day."""
    if span is None or not warehouse.has(QUALITY):
        return []
    sums = [f'sum({column})::bigint as "{name}"' for name, (column, _) in TROUBLE.items()]
    sums += [
        f'round(100 * sum({column}) / nullif(sum(event_count), 0), 2) as "{name}"'
        for name, (column, _) in MISSING.items()
    ]
    rows = warehouse.by_date(
        f"select event_date, {', '.join(sums)} from {{{QUALITY}}} "
        "where event_date between ? and ? group by all order by all",
        *span,
    )
    charts = [
        days(
            "Lines with something wrong, by day",
            "Replays that were dropped, lines that could not be read, values that do not fit "
            "their column, and late events that wait to be let in.",
            rows,
            {name: colour for name, (_, colour) in TROUBLE.items()},
        ),
        days(
            "Events without a field, in % by day",
            "Of the events that were accepted.",
            rows,
            {name: colour for name, (_, colour) in MISSING.items()},
            "line",
        ),
    ]
    return [chart for chart in charts if chart]


def findings(warehouse: Warehouse) -> dict | None:
    """What the triggers found: how many by trigger, of the newest load and in all; the newest."""
    if not warehouse.has(FINDINGS):
        return None
    by_trigger = warehouse.rows(
        "select trigger_name, count(*) filter (where is_news) as news, count(*) as total "
        f"from {{{FINDINGS}}} group by trigger_name order by news desc, total desc, trigger_name"
    )
    return {
        "by_trigger": by_trigger,
        "news": sum(row["news"] for row in by_trigger),
        "total": sum(row["total"] for row in by_trigger),
        "rows": warehouse.rows(
            f"select * from {{{FINDINGS}}} order by is_news desc, event_date desc, "
            f"trigger_name, event_name, field limit {ROW_COUNT}"
        ),
    }


def validation(path: Path) -> Validation | None:
    """The newest validation; None where there was none."""
    try:
        return read_validation(path)
    except LookupError:
        return None


def events(warehouse: Warehouse, span: tuple[date, date] | None) -> dict:
    """Each event name with its counts, a small chart of its days and what is wrong with it."""
    is_absent = not warehouse.has(QUALITY)
    if span is None or is_absent:
        return {"events": [], "is_absent": is_absent}
    counts = {"commands": "command_count"} | {name: column for name, (column, _) in TROUBLE.items()}
    missing = {f"no {name}": column for name, (column, _) in MISSING.items()}
    sums = ["line_count", "event_count", *counts.values(), *missing.values()]
    found = warehouse.rows(
        f"select event_name, "
        f"{', '.join(f'sum({column})::bigint as {column}' for column in sums)} from {{{QUALITY}}} "
        "where event_date between ? and ? group by all order by line_count desc, event_name",
        *span,
    )
    by_name = defaultdict(dict)
    for row in warehouse.rows(
        "select event_name, event_date, event_count as accepted, duplicate_count as duplicates, "
        f"rejected_count as rejected, command_count as commands from {{{QUALITY}}} "
        "where event_date between ? and ? order by event_date",
        *span,
    ):
        by_name[row["event_name"]][row["event_date"]] = row
    shown = found[:EVENT_COUNT]
    label = f"Lines by day, {span[0]} to {span[1]}"
    for event in shown:
        event["spark"] = spark(label, by_name[event["event_name"]], LINES, span)

    def told(columns: dict[str, str]) -> dict[str, str]:
        return {name: column for name, column in columns.items() if any(e[column] for e in shown)}

    return {
        "events": shown,
        "span": span,
        "lines": LINES,
        "counts": told(counts),
        "missing": told(missing),
        "more": len(found) - len(shown),
        "is_absent": False,
    }


def newest_dates(warehouse: Warehouse, count: int) -> tuple[date, date] | None:
    """The last so many days up to the newest with an event: first and last; None without."""
    for row in warehouse.rows("select max(event_date) as newest from {daily_event_counts}"):
        if last := row["newest"]:
            return last - timedelta(days=count - 1), last
    return None


def write_pages(path: Path, site: Path, project: Project, manifest: dict, made_at: str) -> list:
    """Write the pages of a warehouse into the site, and give the links to all.

    `manifest`: dbt's, with the analyses compiled. `made_at`: when, as the pages say it. Raises
    CannotTell where the warehouse can't be read.
    """
    with opened(path, project) as warehouse:
        validated = validation(path)
        compared = comparisons(warehouse)
        links = (
            Link("index.html", "Start"),
            Link("quality.html", "Quality"),
            Link("events.html", "Events"),
            Link("lateness.html", "Lateness"),
            *([Link("validation.html", "Validation")] if validated else []),
            *(Link(f"{name}_comparison.html", f"{name}: versions") for name in compared),
            Link(DOCS, "Tables and columns"),
            Link(LINEAGE, "Column lineage"),
            Link(GUIDE, "Guide"),
        )
        span = newest_dates(warehouse, DAY_COUNT)
        quality = {"findings": findings(warehouse), "trouble": trouble(warehouse, span)}
        late = lateness.page(warehouse, manifest, span)
        values = {
            "index.html": {
                "facts": facts(warehouse),
                "questions": questions(warehouse),
                "volume": volume(warehouse, span),
                "late": late["charts"][:1],
                **quality,
            },
            "quality.html": {"validation": validated, **quality},
            "events.html": events(warehouse, span),
            "lateness.html": late,
        }
        compared = [read_comparison(warehouse, name) for name in compared]
    for file, shown in values.items():
        write(HERE, file, site / file, links, made_at=made_at, **shown)
    if validated:
        write_validation(path, site / "validation.html", links)
    for comparison in compared:
        write_comparison(site / f"{comparison.name}_comparison.html", comparison, links)
    write_guide(project.engine, site, links, made_at)
    return links
