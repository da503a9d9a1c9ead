"""The comparison as one HTML file: no script, no request, charts as SVG."""

from pathlib import Path

import altair

from durable_events.comparison.read import OUTCOMES, Comparison
from durable_events.pages import render
from durable_events.pages.charts import WIDTHS, bar_width, svg, time_axis, told_by_colour
from durable_events.pages.palette import drawn

HERE = Path(__file__).resolve().parent
COLOURS = dict(zip(OUTCOMES, ("green", "gold", "red", "violet", "grey"), strict=True))


def charts(comparison: Comparison) -> list[dict]:
    """The charts, each drawn wide and narrow: title and SVG by width."""
    old, new = comparison.sides
    called = {"only_old": f"only in {old}", "only_new": f"only in {new}"}
    called = {outcome: called.get(outcome, outcome.replace("_", " ")) for outcome in OUTCOMES}
    judged = str(comparison.verdict["first_date"] or "9999")
    rows, outcomes, changes = [], [], []
    for day in comparison.days:
        date = day["event_date"].isoformat()
        for side, label in (("old", old), ("new", new)):
            rows.append({"date": date, "side": label, "rows": day[f"{side}_row_count"]})
        for i, outcome in enumerate(OUTCOMES):
            count = day[f"{outcome}_count"]
            part = {"date": date, "outcome": called[outcome], "keys": count, "order": i}
            outcomes.append(part)
        for metric in comparison.metrics:
            value = day[f"{metric}_difference_percent"]
            if value is not None and date >= judged:
                changes.append({"date": date, "sum of": metric, "percent": value})

    def made(width: int) -> list[altair.Chart]:
        bar = bar_width(width, len(comparison.days))
        time = time_axis(width, len(comparison.days))
        size = {"width": width, "height": 200}
        both = altair.Scale(domain=[old, new])
        lines = altair.Chart(altair.Data(values=rows)).mark_line(point={"size": 36})
        stacks = altair.Chart(altair.Data(values=outcomes)).mark_bar(size=bar)
        found = [
            lines.encode(
                x=time,
                y=altair.Y("rows:Q", title=None),
                color=told_by_colour("side", {old: "amber", new: "blue"}, width),
                # by more than colour, and in one legend
                shape=altair.Shape("side:N", title=None, scale=both),
                strokeDash=altair.StrokeDash("side:N", title=None, scale=both),
            ),
            stacks.encode(
                x=time,
                y=altair.Y("keys:Q", title=None),
                color=told_by_colour(
                    "outcome", {called[outcome]: COLOURS[outcome] for outcome in OUTCOMES}, width
                ),
                order="order:Q",
            ),
        ]
        if changes:
            metrics = altair.Chart(altair.Data(values=changes)).mark_bar(
                size=bar, color=drawn("blue")
            )
            row = metrics.encode(x=time, y=altair.Y("percent:Q", title=None)).properties(
                width=width, height=110
            )
            header = altair.Header(
                labelColor=drawn("ink"), labelFontSize=12, labelAnchor="start", orient="top"
            )
            faceted = row.facet(row=altair.Row("sum of:N", title=None, header=header))
            return [*(chart.properties(**size) for chart in found), faceted]
        return [chart.properties(**size) for chart in found]

    titles = [
        f"Rows per day in {old} and {new}",
        "Keys per day, by what became of them",
        f"By how many % the sums of the days judged differ in {new}",
    ]
    by_width = {name: made(width) for name, width in WIDTHS.items()}
    return [
        {
            "title": title,
            "by_width": {name: svg(charts[i], title) for name, charts in by_width.items()},
        }
        for i, title in enumerate(titles[: len(by_width["wide"])])
    ]


def write(file: Path, comparison: Comparison, links: tuple[render.Link, ...] = ()) -> None:
    """Write the page; the folder is made if need be. `links`: to the other pages of a site."""
    render.write(
        HERE,
        "page.html",
        file,
        links,
        comparison=comparison,
        old=comparison.sides[0],
        new=comparison.sides[1],
        outcomes=OUTCOMES,
        charts=charts(comparison) if comparison.days else [],
        meanings=comparison.meanings,
    )
