"""What each page shows: read from gold, and handed to the template of the same name."""

from collections import defaultdict
from datetime import date
from pathlib import Path

from durable_events.analysts_site import lateness
from durable_events.analysts_site.docs import DOCS, LINEAGE
from durable_events.analysts_site.warehouse import Warehouse
from durable_events.comparison.page import write as write_comparison
from durable_events.comparison.read import names as comparisons
from durable_events.comparison.read import read as read_comparison
from durable_events.pages.charts import Chart, days, spark
from durable_events.pages.render import Link, write
from durable_events.validation.page import render as write_validation
from durable_events.validation.results import Validation
from durable_events.validation.results import read as read_validation

HERE = Path(__file__).resolve().parent
DAY_COUNT = 60  # of the charts
EVENT_COUNT = 100  # names on the page of events
ROW_COUNT = 200  # of findings

QUALITY = "gold.event_quality_daily"
FINDINGS = "gold.event_quality_findings"
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


def questions(manifest: dict) -> list[dict]:
    """The models whose YAML says which question they answer, gold first: question, table, href."""
    layers = ["gold", "silver", "bronze"]
    found = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["meta"].get("question")
    ]
    found.sort(key=lambda node: (layers.index(node["schema"]), node["alias"]))
    return [
        {
            "question": node["config"]["meta"]["question"],
            "table": f"{node['schema']}.{node['alias']}",
            "href": f"{DOCS}#!/model/{node['unique_id']}",
        }
        for node in found
    ]


def facts(warehouse: Warehouse) -> dict:
    """How fresh the warehouse is, and how much is in it; None where a table is not there."""
    found = {}
    if span := warehouse.newest_dates(1):
        found["newest event"] = warehouse.row(
            "select max(event_time) as value from silver.events where event_date = ?", span[1]
        )["value"]
        found["events"] = warehouse.row(
            "select sum(event_count)::bigint as value from gold.daily_event_counts"
        )["value"]
    if warehouse.has("bronze.loads"):
        loads = "select load_id, received_at from bronze.loads order by load_id desc limit 1"
        for load in warehouse.rows(loads):
            found |= {"newest load": load["load_id"], "received": load["received_at"]}
    if warehouse.has("silver.users"):
        found["users"] = warehouse.row("select count(*) as value from silver.users")["value"]
    if warehouse.has("gold.daily_sessions"):
        found["sessions"] = warehouse.row(
            "select coalesce(sum(session_count), 0)::bigint as value from gold.daily_sessions"
        )["value"]
    if warehouse.has(QUALITY):
        columns = {"lines": "line_count", "duplicates": "duplicate_count"}
        columns |= {"rejected": "rejected_count", "commands": "command_count"}
        columns |= {"waiting": "waiting_count"}
        sums = [f"coalesce(sum({column}), 0)::bigint as {n}" for n, column in columns.items()]
        found |= warehouse.row(f"select {', '.join(sums)} from {QUALITY}")
    return found


def volume(warehouse: Warehouse, span: tuple[date, date] | None) -> list[Chart]:
    """Charts of events, users and sessions by day."""
    if span is None:
        return []
    events = warehouse.by_date(
        "select event_date, sum(event_count)::bigint as events from gold.daily_event_counts "
        "where event_date between ? and ? group by all order by all",
        *span,
    )
    caption = "Distinct events, on the day they happened (UTC)."
    charts = [days("Events by day", caption, events, {"events": "blue"})]
    if warehouse.has("gold.daily_sessions"):
        sessions = warehouse.by_date(
            "select session_date, session_count as sessions, user_count as users "
            "from gold.daily_sessions where session_date between ? and ? order by all",
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
        f"select event_date, {', '.join(sums)} from {QUALITY} "
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
        f"from {FINDINGS} group by trigger_name order by news desc, total desc, trigger_name"
    )
    return {
        "by_trigger": by_trigger,
        "news": sum(row["news"] for row in by_trigger),
        "total": sum(row["total"] for row in by_trigger),
        "rows": warehouse.rows(
            f"select * from {FINDINGS} order by is_news desc, event_date desc, "
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
        f"{', '.join(f'sum({column})::bigint as {column}' for column in sums)} from {QUALITY} "
        "where event_date between ? and ? group by all order by line_count desc, event_name",
        *span,
    )
    by_name = defaultdict(dict)
    for row in warehouse.rows(
        "select event_name, event_date, event_count as accepted, duplicate_count as duplicates, "
        f"rejected_count as rejected, command_count as commands from {QUALITY} "
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


def write_pages(path: Path, site: Path, manifest: dict, made_at: str) -> list[Link]:
    """Write the pages of a warehouse into the site, and give the links to all.

    `manifest`: dbt's. `made_at`: when, as the pages say it. Raises duckdb.Error where the warehouse
    can't be read.
    """
    validated = validation(path)
    with Warehouse(path) as warehouse:
        compared = comparisons(warehouse.connection)
        links = (
            Link("index.html", "Start"),
            Link("quality.html", "Quality"),
            Link("events.html", "Events"),
            Link("lateness.html", "Lateness"),
            *([Link("validation.html", "Validation")] if validated else []),
            *(Link(f"{name}_comparison.html", f"{name}: versions") for name in compared),
            Link(DOCS, "Tables and columns"),
            Link(LINEAGE, "Column lineage"),
        )
        span = warehouse.newest_dates(DAY_COUNT)
        quality = {"findings": findings(warehouse), "trouble": trouble(warehouse, span)}
        late = lateness.page(warehouse, manifest, span)
        values = {
            "index.html": {
                "facts": facts(warehouse),
                "questions": questions(manifest),
                "volume": volume(warehouse, span),
                "late": late["charts"][:1],
                **quality,
            },
            "quality.html": {"validation": validated, **quality},
            "events.html": events(warehouse, span),
            "lateness.html": late,
        }
    for file, shown in values.items():
        write(HERE, file, site / file, links, made_at=made_at, **shown)
    if validated:
        write_validation(path, site / "validation.html", links)
    for name in compared:
        write_comparison(site / f"{name}_comparison.html", read_comparison(path, name), links)
    return links
