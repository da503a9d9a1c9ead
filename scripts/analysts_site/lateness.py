"""How late events were: sent after they happened, and received after they were sent."""

from collections import defaultdict
from datetime import date

from durable_events.pages.charts import Chart, days
from durable_events.project import PACKAGE, Table
from durable_events.warehouse import Warehouse, rows

LATENESS = "event_lateness"
# How long after it happened an event was sent, and the colour of those that are late.
BANDS = {
    "within a minute": ("sent_within_minute_count", None),
    "within an hour": ("sent_within_hour_count", "green"),
    "within a day": ("sent_within_day_count", "blue"),
    "within 7 days": ("sent_within_week_count", "amber"),
    "within 30 days": ("sent_within_month_count", "red"),
    "later": ("sent_later_count", "violet"),
}
PERCENTILES = {
    "p50_sent_delay_seconds": (
        "Half of the events are sent within",
        "From when it happened to when the sender sent it, the median of the day.",
    ),
    "p95_sent_delay_seconds": (
        "95 % of the events are sent within",
        "From when it happened to when the sender sent it.",
    ),
    "p95_received_delay_seconds": (
        "95 % of the events are received within",
        "From when the sender sent it to when it was received here.",
    ),
}
PLATFORM_COLOURS = ("blue", "amber", "violet", "red", "grey")


def called(platform: str | None) -> str:
    """A platform's name on the page."""
    name = "not said" if platform is None else platform
    return name if len(name) <= 30 else name[:29] + "…"


def bands_by_day(warehouse: Warehouse, span: tuple[date, date]) -> Chart | None:
    """A chart of the events that were sent late, in % by day."""
    late = {name: column for name, (column, colour) in BANDS.items() if colour}
    shares = [
        f'round(100 * sum({column}) / nullif(sum(sent_count), 0), 2) as "{name}"'
        for name, column in late.items()
    ]
    by_date = warehouse.by_date(
        f"select event_date, {', '.join(shares)} from {{{LATENESS}}} "
        "where event_date between ? and ? group by all order by all",
        *span,
    )
    return days(
        "Events sent more than a minute late, in % by day",
        "How long after they happened they were sent, of the events that say when.",
        by_date,
        {name: BANDS[name][1] for name in late},
    )


def percentiles_by_day(warehouse: Warehouse, span: tuple[date, date], names: list) -> list[Chart]:
    """Charts of percentiles by day, a line for each of the platforms. They can't be added up."""
    found_rows = warehouse.rows(
        f"select event_date, platform, {', '.join(PERCENTILES)} from {{{LATENESS}}} "
        "where event_date between ? and ? order by event_date",
        *span,
    )
    labels = {name: called(name) for name in names}
    colours = dict(zip(labels.values(), PLATFORM_COLOURS, strict=False))
    charts = []
    for column, (title, caption) in PERCENTILES.items():
        found = defaultdict(lambda: dict.fromkeys(colours))
        for row in found_rows:
            if row["platform"] in labels:
                found[row["event_date"]][labels[row["platform"]]] = row[column]
        if any(value for numbers in found.values() for value in numbers.values()):
            charts.append(days(title, caption, dict(found), colours, "duration"))
    return charts


def answer(warehouse: Warehouse, manifest: dict, analysis: str) -> list[dict]:
    """What an analysis of the project says; nothing where a table that it reads is not there."""
    nodes = manifest["nodes"]
    node = nodes.get(f"analysis.{PACKAGE}.{analysis}")
    read = [nodes[name] for name in node["depends_on"]["nodes"]] if node else []
    if not read or not warehouse.has(*(Table(node["schema"], node["alias"]) for node in read)):
        return []
    return rows(warehouse.connection, node["compiled_code"])


def page(warehouse: Warehouse, manifest: dict, span: tuple[date, date] | None) -> dict:
    """Charts by day, the bands of each platform over the days, and what late events ask for.

    `manifest`: dbt's, with the analyses compiled.
    """
    is_absent = not warehouse.has(LATENESS)
    if span is None or is_absent:
        return {"charts": [], "is_absent": is_absent}
    sums = ", ".join(f"sum({column})::bigint as {column}" for column, _ in BANDS.values())
    platforms = warehouse.rows(
        "select platform, sum(event_count)::bigint as event_count, "
        f"sum(sent_count)::bigint as sent_count, {sums}, "
        f"max(max_sent_delay_seconds) as longest_seconds from {{{LATENESS}}} "
        "where event_date between ? and ? group by platform order by event_count desc, platform",
        *span,
    )
    names = [row["platform"] for row in platforms if row["sent_count"]][: len(PLATFORM_COLOURS)]
    charts = [bands_by_day(warehouse, span), *percentiles_by_day(warehouse, span, names)]
    return {
        "charts": [chart for chart in charts if chart],
        "is_absent": False,
        "span": span,
        "platforms": [row | {"name": called(row["platform"])} for row in platforms[:50]],
        "bands": {name: column for name, (column, _) in BANDS.items()},
        "shown": len(names),
        "lookbacks": answer(warehouse, manifest, "which_lookback"),
        "sessions": answer(warehouse, manifest, "sessions_changed_by_late_events"),
    }
