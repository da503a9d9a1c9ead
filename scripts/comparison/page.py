"""The comparison as one HTML file: no script, no request, charts as SVG."""

import re
from pathlib import Path

import altair
import vl_convert
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from comparison.read import OUTCOMES, Comparison

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "models"

# Colours as the charts have them; page.html gives each another one in the dark. Told apart without
# seeing colours as well: by lightness and, on each day, by their order.
INK, GRID, OLD, NEW = "#1b1f24", "#d8dee4", "#8a5a00", "#0a5cc2"
COLOURS = {
    "identical": "#9ec5ab",
    "modified": "#c99700",
    "only_old": "#a83232",
    "only_new": "#5b3ea8",
    "not_comparable": "#3d444d",
}
WIDTHS = {"wide": 820, "narrow": 300}  # of a screen, of a phone


def meanings(name: str) -> list[tuple[str, str]]:
    """What each version of an event means, as its YAML says; nothing if there is none."""
    for file in MODELS.rglob(f"{name}.yml"):
        for model in yaml.safe_load(file.read_text())["models"]:
            versions = [v for v in model.get("versions", []) if "description" in v]
            if model["name"] == name:
                return [(f"v{v['v']}", " ".join(v["description"].split())) for v in versions]
    return []


def svg(chart: altair.Chart, label: str) -> str:
    """A chart as SVG that grows with the page, and says what it shows."""
    chart = chart.configure(background="transparent", font="system-ui, sans-serif").configure_view(
        stroke=None
    )
    chart = chart.configure_axis(
        labelColor=INK, gridColor=GRID, domainColor=GRID, tickColor=GRID, labelFontSize=12
    ).configure_legend(labelColor=INK, labelFontSize=12, orient="top")
    drawn = vl_convert.vegalite_to_svg(chart.to_dict())
    # what a picture is called, once; not each of its bars
    drawn = re.sub(r' (aria-[a-z]+|role|tabindex)="[^"]*"', "", drawn)
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


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

    def drawn(width: int) -> list[altair.Chart]:
        bar = max(2, int(0.7 * width / len(comparison.days)))
        axis = altair.Axis(format="%b %d", tickCount=width // 90, labelAngle=0, grid=False)
        time = altair.X("date:T", title=None, axis=axis, scale=altair.Scale(padding=bar / 2 + 2))
        size = {"width": width, "height": 200}

        def told(field: str, domain: list[str], colours: list[str]) -> altair.Color:
            scale = altair.Scale(domain=domain, range=colours)
            legend = altair.Legend(columns=max(2, width // 110))
            return altair.Color(f"{field}:N", title=None, scale=scale, legend=legend)

        both = altair.Scale(domain=[old, new])
        lines = altair.Chart(altair.Data(values=rows)).mark_line(point={"size": 36})
        stacks = altair.Chart(altair.Data(values=outcomes)).mark_bar(size=bar)
        found = [
            lines.encode(
                x=time,
                y=altair.Y("rows:Q", title=None),
                color=told("side", [old, new], [OLD, NEW]),
                # by more than colour, and in one legend
                shape=altair.Shape("side:N", title=None, scale=both),
                strokeDash=altair.StrokeDash("side:N", title=None, scale=both),
            ),
            stacks.encode(
                x=time,
                y=altair.Y("keys:Q", title=None),
                color=told("outcome", list(called.values()), list(COLOURS.values())),
                order="order:Q",
            ),
        ]
        if changes:
            metrics = altair.Chart(altair.Data(values=changes)).mark_bar(size=bar, color=NEW)
            row = metrics.encode(x=time, y=altair.Y("percent:Q", title=None)).properties(
                width=width, height=110
            )
            header = altair.Header(
                labelColor=INK, labelFontSize=12, labelAnchor="start", orient="top"
            )
            faceted = row.facet(row=altair.Row("sum of:N", title=None, header=header))
            return [*(chart.properties(**size) for chart in found), faceted]
        return [chart.properties(**size) for chart in found]

    titles = [
        f"Rows per day in {old} and {new}",
        "Keys per day, by what became of them",
        f"By how many % the sums of the days judged differ in {new}",
    ]
    by_width = {name: drawn(width) for name, width in WIDTHS.items()}
    return [
        {
            "title": title,
            "by_width": {name: svg(made[i], title) for name, made in by_width.items()},
        }
        for i, title in enumerate(titles[: len(by_width["wide"])])
    ]


def write(file: Path, comparison: Comparison) -> None:
    """Write the page; the folder is made if need be."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html").render(
        comparison=comparison,
        old=comparison.sides[0],
        new=comparison.sides[1],
        outcomes=OUTCOMES,
        charts=charts(comparison) if comparison.days else [],
        meanings=meanings(comparison.name),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
