"""Charts as SVG: drawn for a screen and for a phone, in the colours of the page."""

import re
from dataclasses import dataclass
from datetime import date

import altair
import vl_convert
from markupsafe import escape

from durable_events.pages.palette import drawn
from durable_events.pages.render import duration, number

# 1.5k, 2M; each in its own unit
SHORT_NUMBERS = altair.Axis(tickCount=5, labelExpr="format(datum.value, '~s')")
# seconds, on a logarithmic scale
DURATIONS = altair.Axis(
    values=[1, 10, 60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000, 31_536_000],
    labelExpr="datum.value < 60 ? datum.value + ' s' : datum.value < 3600 ? datum.value / 60 + "
    "' min' : datum.value < 86400 ? datum.value / 3600 + ' h' : datum.value / 86400 + ' d'",
)
WIDTHS = {"wide": 820, "narrow": 300}  # of a screen, of a phone


@dataclass(frozen=True)
class Chart:
    """A chart and the same as a table, for who can't see it or wants the numbers.

    `by_width`: the pictures, by the names of WIDTHS. `rows`: the table's, under `headings`.
    """

    title: str
    caption: str
    by_width: dict[str, str]
    headings: tuple[str, ...]
    rows: list[list[str]]


def svg(chart: altair.TopLevelMixin, label: str) -> str:
    """A chart as SVG that grows with the page, and says what it shows."""
    ink, grid = drawn("ink"), drawn("line")
    chart = chart.configure(background="transparent", font="system-ui, sans-serif").configure_view(
        stroke=None
    )
    chart = chart.configure_axis(
        labelColor=ink, gridColor=grid, domainColor=grid, tickColor=grid, labelFontSize=12
    ).configure_legend(labelColor=ink, labelFontSize=12, orient="top")
    picture = vl_convert.vegalite_to_svg(chart.to_dict())
    # what a picture is called, once; not each of its bars
    picture = re.sub(r' (aria-[a-z]+|role|tabindex)="[^"]*"', "", picture)
    return picture.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def bar_width(width: int, days: int) -> int:
    """How wide a day's bar is in a chart of so many days, in pixels."""
    return max(1, int(0.7 * width / days))


def time_axis(width: int, days: int, axis: altair.Axis | None = None, **scale) -> altair.X:
    """The axis of dates, of a field `date`. In UTC: a date is the same date everywhere."""
    axis = axis or altair.Axis(
        format="%b %d",
        tickCount=max(5, width // 90),
        labelAngle=0,
        grid=False,
        labelOverlap=True,
        labelSeparation=12,
    )
    padding = bar_width(width, days) / 2 + 2
    return altair.X(
        "date:T", title=None, axis=axis, scale=altair.Scale(type="utc", padding=padding, **scale)
    )


def told_by_colour(field: str, colours: dict[str, str], width: int) -> altair.Color:
    """A legend that fits the width. `colours`: by value, as names of the palette."""
    scale = altair.Scale(domain=[*colours], range=[drawn(name) for name in colours.values()])
    legend = altair.Legend(columns=max(2, width // 150), columnPadding=24)
    return altair.Color(f"{field}:N", title=None, scale=scale, legend=legend)


def days(
    title: str,
    caption: str,
    by_date: dict[date, dict],
    colours: dict[str, str],
    mark: str = "bar",
) -> Chart | None:
    """A chart by day: bars on top of one another, or lines; None without dates.

    `by_date`: for each date a number, or None, for each key of `colours`, which is what the number
    is called and the palette's name of its colour. `mark`: bar, line, or duration: lines of
    seconds on a logarithmic scale, of what is above zero.
    """
    if not by_date:
        return None
    is_duration = mark == "duration"
    values = [
        {"date": day.isoformat(), "of": name, "value": float(numbers[name]), "order": i}
        for day, numbers in by_date.items()
        for i, name in enumerate(colours)
        if numbers[name] is not None and (numbers[name] > 0 or not is_duration)
    ]
    span = 1 + (max(by_date) - min(by_date)).days

    def made(width: int) -> altair.Chart:
        scale = altair.Scale(type="log" if is_duration else "linear")
        axis = DURATIONS if is_duration else SHORT_NUMBERS
        value = altair.Y("value:Q", title=None, axis=axis, scale=scale)
        parts = {"x": time_axis(width, span), "y": value}
        if len(colours) > 1:
            parts["color"] = told_by_colour("of", colours, width)
        else:
            parts["color"] = altair.value(drawn(*colours.values()))
        chart = altair.Chart(altair.Data(values=values))
        if mark == "bar":
            chart = chart.mark_bar(size=bar_width(width, span)).encode(**parts, order="order:Q")
        else:
            # by more than colour, and in one legend
            shape = altair.Shape("of:N", title=None, scale=altair.Scale(domain=[*colours]))
            chart = chart.mark_line(point={"size": 30}).encode(**parts, shape=shape)
        return chart.properties(width=width, height=180)

    told = duration if is_duration else number
    table = [
        [str(day), *(told(numbers[name]) for name in colours)]
        for day, numbers in sorted(by_date.items(), reverse=True)
    ]
    pictures = {name: svg(made(width), title) for name, width in WIDTHS.items()}
    return Chart(title, caption, pictures, ("date", *colours), table)


def spark(
    label: str, by_date: dict[date, dict], colours: dict[str, str], span: tuple[date, date]
) -> str:
    """A chart in a table's cell: bars by day over the dates of `span`, without axes.

    `by_date`, `colours`: as `days` has them. `label`: what the chart shows.
    """
    first, last = (altair.DateTime(year=d.year, month=d.month, date=d.day, utc=True) for d in span)
    values = [
        {"date": day.isoformat(), "of": name, "value": numbers[name], "order": i}
        for day, numbers in by_date.items()
        for i, name in enumerate(colours)
    ]
    count = 1 + (span[1] - span[0]).days
    width = 3 * count
    bars = altair.Chart(altair.Data(values=values)).mark_bar(size=2)
    return svg(
        bars.encode(
            x=time_axis(width, count, domain=[first, last]).axis(None),
            y=altair.Y("value:Q", axis=None),
            color=told_by_colour("of", colours, width).legend(None),
            order="order:Q",
        ).properties(width=width, height=32, padding=0),
        label,
    )
