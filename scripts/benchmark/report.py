"""What comes out of a benchmark: a table in the terminal, JSON, Markdown and a chart."""

import json
import statistics
from pathlib import Path

import altair
from rich.console import Console
from rich.table import Table

from durable_events.benchmark.race import Result

# The steps in order, in the few words that fit a heading.
HEADINGS = {
    "first": "first build",
    "first_rows": "from Parquet",
    "day": "a day's load",
    "noop": "nothing new",
    "late_one": "1 event, 150 d late",
    "late_spread": "day, 2 % late",
    "replay": "a month replayed",
}
CHANGES = ("day", "noop", "late_one", "late_spread", "replay")


def place(step: str) -> int:
    """Where a step stands among the others."""
    return list(HEADINGS).index(step) if step in HEADINGS else len(HEADINGS)


def rounded(seconds: float) -> str:
    """Seconds to read."""
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:,.0f} s"


def by_contender(results: list[Result], events: int) -> dict[str, dict[str, Result]]:
    """The results on a size of history: contender, then step."""
    found: dict[str, dict[str, Result]] = {}
    for result in results:
        if result.events == events:
            found.setdefault(result.contender, {})[result.step] = result
    return found


def cell(steps: dict[str, Result], step: str) -> str:
    """Median time and wrong rows of a step, as text."""
    result = steps.get(step)
    if result is None and step in CHANGES:
        result = steps.get("change")
    if result is None:
        return ""
    text = rounded(statistics.median(result.seconds))
    if result.wrong_rows:
        text += f", {result.wrong_rows:,} wrong"
    return text


def cost_cells(result: Result) -> tuple[str, ...]:
    """What a step cost a contender, as texts: `COST_HEADINGS`."""
    models = rounded(statistics.median(result.model_seconds)) if result.model_seconds else ""
    return (
        rounded(statistics.median(result.seconds)),
        models,
        f"{result.peak_bytes / 1e9:,.2f} GB",
        f"{result.warehouse_bytes / 1e9:,.2f} GB",
    )


COST_HEADINGS = ("time", "of models", "peak memory", "on disk")


def tables(report: dict, results: list[Result]) -> list[tuple[str, list[str], list[list[str]]]]:
    """All tables of a report: title, headings, rows of texts."""
    found = []
    for events in report["sizes"]:
        contenders = by_contender(results, events)
        steps = [s for s in HEADINGS if any(cell(own, s) for own in contenders.values())]
        title = f"{events:,} events of history: time, and wrong rows left"
        rows = [[HEADINGS[s], *(cell(own, s) for own in contenders.values())] for s in steps]
        found.append((title, ["", *contenders], rows))

        title = f"{events:,} events of history: what each took"
        rows = [
            [name, HEADINGS.get(step, result.label), *cost_cells(result)]
            for name, own in contenders.items()
            for step, result in sorted(own.items(), key=lambda item: place(item[0]))
            if result.seconds
        ]
        found.append((title, ["", "step", *COST_HEADINGS], rows))

        last = {name: own.get("replay", own.get("change")) for name, own in contenders.items()}
        wrong = [
            [name, part.table, f"{part.rows:,}", f"{part.of:,}"]
            for name, result in last.items()
            for part in (result.wrong if result else None) or []
            if part.rows
        ]
        if wrong:
            title = f"{events:,} events of history: which rows are wrong in the end"
            found.append((title, ["", "table", "wrong rows", "of"], wrong))
        queries = report["query_milliseconds"].get(str(events))
        if queries:
            rows = [[name, f"{milliseconds:,.0f} ms"] for name, milliseconds in queries.items()]
            found.append((f"{events:,} events: analysts' questions", ["question", "time"], rows))
    return found


def as_text(report: dict) -> str:
    """On what it ran, in one line."""
    machine = report["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    commit = f"commit {report['commit']}" + (" with changes" if report["is_tree_dirty"] else "")
    return (
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_bytes'] / 2**30:.0f} GiB "
        f"of memory; {versions}; {commit}; ordinary days: median of {report['runs']}"
    )


def show(console: Console, report: dict, results: list[Result]) -> None:
    """Print the tables."""
    for title, headings, rows in tables(report, results):
        shown = Table(title=title, title_justify="left")
        for i, heading in enumerate(headings):
            shown.add_column(heading, justify="right" if i else "left")
        for row in rows:
            shown.add_row(*row)
        console.print(shown)
    for result in results:
        if result.error:
            console.print(f"{result.contender} has no result: {result.error}", markup=False)
    console.print(as_text(report), markup=False, highlight=False)


def markdown(report: dict, results: list[Result], chart: str) -> str:
    """The page for the docs.

    Args:
        report: what `write` puts into JSON.
        results: of all sizes.
        chart: where the page finds the picture.
    """
    lines = ["# Benchmark", "", "Made by", "", "```sh", report["command"], "```", ""]
    lines += [as_text(report) + ". All contenders have the same settings of DuckDB.", ""]
    lines += [f"![seconds and wrong rows by contender]({chart})", ""]
    for title, headings, rows in tables(report, results):
        lines += [f"## {title}", ""]
        lines += ["| " + " | ".join(headings) + " |", "|---|" + "---:|" * (len(headings) - 1)]
        lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]
    lines += ["## Who is who", ""]
    lines += [f"* **{name}**: {told}." for name, told in report["contenders"].items()]
    lines += [f"* {r.contender} has no result: {r.error}" for r in results if r.error]
    return "\n".join(lines) + "\n"


def chart(results: list[Result]) -> altair.Chart:
    """Seconds, and below them wrong rows, of each change, by contender and size of history."""
    values = []
    for result in results:
        for step in CHANGES if result.step == "change" else (result.step,):
            if result.seconds and step in HEADINGS:
                values.append(
                    {
                        "step": HEADINGS[step],
                        "contender": result.contender,
                        "history": f"{result.events:,}",
                        "seconds": statistics.median(result.seconds),
                        "wrong rows": result.wrong_rows,
                    }
                )
    sizes = [f"{events:,}" for events in sorted({result.events for result in results})]
    names = list(dict.fromkeys(result.contender for result in results))
    base = altair.Chart(altair.Data(values=values)).mark_bar()

    def row(measure: str, scale: altair.Scale) -> altair.Chart:
        return base.encode(
            x=altair.X(
                "history:N", sort=sizes, title="events of history", axis=altair.Axis(labelAngle=0)
            ),
            xOffset=altair.XOffset("contender:N", sort=names),
            y=altair.Y(f"{measure}:Q", scale=scale),
            color=altair.Color(
                "contender:N", title=None, sort=names, scale=altair.Scale(scheme="tableau10")
            ),
            column=altair.Column("step:N", sort=list(HEADINGS.values()), title=None),
        ).properties(width=max(120, 70 * len(sizes)), height=220)

    seconds = row("seconds", altair.Scale(type="symlog", constant=1))
    wrong = row("wrong rows", altair.Scale(type="symlog", constant=1))
    return altair.vconcat(seconds, wrong).configure_legend(orient="top")


def write(folder: Path, report: dict, results: list[Result], page: Path | None) -> None:
    """Write `results.json`, `results.md` and `results.svg` into a folder, and a page for the docs.

    Args:
        folder: made if need be.
        report: what is known beside the results.
        results: of all sizes.
        page: where to write the Markdown as well, its picture beside it; None for nowhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    everything = report | {"results": [result.as_dict() for result in results]}
    (folder / "results.json").write_text(json.dumps(everything, indent=2) + "\n")
    picture = chart(results)
    targets = [(folder / "results.md", folder / "results.svg")]
    if page:
        page.parent.mkdir(parents=True, exist_ok=True)
        targets.append((page, page.with_suffix(".svg")))
    for text, image in targets:
        picture.save(str(image))
        text.write_text(markdown(report, results, image.name))
