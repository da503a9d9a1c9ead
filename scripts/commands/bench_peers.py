"""Measure this project beside others, on the same files: time, memory, and what each gets wrong.

    make bench                                            # a small history, some minutes
    make bench SIZES="2000000 10000000 50000000" RUNS=5   # hours, and about 60 GB of disk

For each size it makes a year of events (`durable-events demo`), then takes each contender through
a first build, some ordinary days, a run with nothing new, late events, and a replay of a month. The
rows that a contender's tables have wrong are counted against the hand-written script's, after each.

Ends with 0 if this project has no wrong row, however long it took, with 1 if it has one or fails,
and with 2 if it can't start.
"""

import shlex
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from durable_events.benchmark import data

SCRATCH = Path(tempfile.gettempdir()) / "durable-events-bench"


def chosen(names: str | None) -> list[type]:
    """Contenders by name, parted by blanks or commas; all if none is named.

    Raises typer.BadParameter for others.
    """
    from durable_events.benchmark.contenders import CONTENDERS

    wanted = [*CONTENDERS] if names is None else names.replace(",", " ").split()
    unknown = sorted(set(wanted) - CONTENDERS.keys())
    if unknown or not wanted:
        raise typer.BadParameter(
            f"{' '.join(unknown) or 'nothing'} can't be measured. Choose from: "
            f"{' '.join(CONTENDERS)}",
            param_hint="--contenders",
        )
    return [CONTENDERS[name] for name in wanted]


def sizes_of(text: str) -> list[int]:
    """Sizes, parted by blanks or commas. Raises typer.BadParameter for what is none."""
    words = text.replace(",", " ").replace("_", "").split()
    if not words or not all(word.isdigit() and int(word) > 0 for word in words):
        raise typer.BadParameter(
            f"{text!r} are no sizes. Write whole numbers of events: --sizes '200000 2000000'",
            param_hint="--sizes",
        )
    return [int(word) for word in words]


def failed(results: list) -> list[str]:
    """What is wrong with this project's own results, in words."""
    from durable_events.benchmark.contenders import Ours

    said = []
    for result in results:
        if result.contender != Ours.name:
            continue
        if result.error:
            said.append(f"{result.events:,} events: {result.error}")
        said += [
            f"{result.events:,} events, after {result.label}: {wrong.rows:,} of {wrong.of:,} rows "
            f"of {wrong.table} are wrong"
            for wrong in result.wrong or []
            if wrong.rows
        ]
    return said


def main(
    *,
    sizes: Annotated[str, typer.Option(help="Events of history, one number or some.")] = "100000",
    runs: Annotated[
        int, typer.Option(min=1, max=data.MOST_RUNS, help="Ordinary days to load: median.")
    ] = 2,
    contenders: Annotated[
        str | None, typer.Option(help="Whom to measure, such as 'ours sqlmesh'; all if not said.")
    ] = None,
    parquet: Annotated[bool, typer.Option(help="Also a first build from Parquet.")] = True,
    memory_limit: Annotated[
        str | None, typer.Option(help="DuckDB's memory limit, such as 4GB; default: its own.")
    ] = None,
    scratch: Annotated[
        Path, typer.Option(help="Folder for data and warehouses; data is found there again.")
    ] = SCRATCH,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("target/bench"),
    markdown: Annotated[
        Path | None, typer.Option(help="Also write the page here, its picture beside it.")
    ] = None,
) -> None:
    """Measure this project beside others: time, memory, faults.

    Example: durable-events bench peers --sizes "200000 2000000" --runs 5
    """
    from durable_events.benchmark import machine, report
    from durable_events.benchmark.race import BusyError, Race, Result

    numbers, classes = sizes_of(sizes), chosen(contenders)
    console = Console()
    results: list[Result] = []
    found = machine.facts() | {"sizes": numbers, "runs": runs, "memory_limit": memory_limit}
    options = [] if parquet else ["--no-parquet"]
    options += ["--memory-limit", memory_limit] if memory_limit else []
    options += ["--contenders", contenders] if contenders else []
    found["command"] = f"make bench SIZES='{sizes}' RUNS={runs}"
    found["command"] += f" BENCH={shlex.quote(shlex.join(options))}" if options else ""
    found["contenders"] = {cls.name: cls.told for cls in classes}
    found["query_milliseconds"] = {}
    progress = Console(stderr=True)
    with progress.status("") as status:
        for events in numbers:

            def tell(what: str, events: int = events) -> None:
                status.update(f"{events:,} events: {what} ...")

            try:
                race = Race(
                    *(events, runs, scratch.resolve(), memory_limit),
                    ("lines", "rows") if parquet else ("lines",),
                    tell,
                )
            except BusyError as error:
                print(error, file=sys.stderr)
                raise typer.Exit(2) from error
            for contender_class in classes:
                race.run(contender_class)
            results += race.results
            found["query_milliseconds"][str(events)] = race.queries
            # after each size, so that a long run that is cut short leaves something
            report.write(out, found, results, markdown)
    report.show(console, found, results)
    console.print(f"Written to {out}: results.json, results.md, results.svg", highlight=False)
    problems = failed(results)
    for problem in problems:
        print(problem, file=sys.stderr)
    raise typer.Exit(1 if problems else 0)
