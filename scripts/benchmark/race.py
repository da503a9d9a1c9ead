"""Run the contenders through the steps, and write down what each took and left wrong."""

import fcntl
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from shutil import rmtree

import duckdb

from durable_events.benchmark import data
from durable_events.benchmark.contenders import (
    Contender,
    HandWritten,
    Loaded,
    NotInstalledError,
    Ours,
)
from durable_events.benchmark.measure import CommandError
from durable_events.benchmark.truth import Truth, Wrong

# What an analyst asks of silver.events; each is told a user, and the last date with a full load.
QUERIES = {
    "events of a week": """
        select event_name, count(*), count(distinct user_key)
        from silver.events
        where event_date > date '{day}' - 7 and event_date <= date '{day}'
        group by event_name
    """,
    "all events of one user": """
        select event_time, event_name, page_url, properties
        from silver.events
        where user_key = '{user}'
        order by event_time, event_id
    """,
    "one JSON field over a month": """
        select event_date, sum(cast(json_extract_string(properties, '$.amount') as decimal(18, 2)))
        from silver.events
        where
            event_name = 'order_placed'
            and event_date > date '{day}' - 30 and event_date <= date '{day}'
        group by event_date
    """,
}
QUERY_RUNS = 7


class BusyError(RuntimeError):
    """Another benchmark works in the same scratch folder."""


@dataclass
class Result:
    """What one contender took for one kind of step on one size of history.

    Args:
        events: the size of the history.
        contender: whose result it is.
        step: the key of the step, `change` for any change of a contender that always rebuilds.
        label: the step in words.
        seconds: wall time of each run of the whole command.
        model_seconds: of each run, what its models took in sum; empty where the tool tells none.
        peak_bytes: the most memory of any run.
        warehouse_bytes: the size of the file afterwards.
        wrong: how its tables differ from the truth afterwards; None where that was not looked at.
        error: why there is no result.
    """

    events: int
    contender: str
    step: str
    label: str
    seconds: list[float] = field(default_factory=list)
    model_seconds: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    warehouse_bytes: int = 0
    wrong: list[Wrong] | None = None
    error: str | None = None

    @property
    def wrong_rows(self) -> int | None:
        """The wrong rows of all its tables."""
        return None if self.wrong is None else sum(wrong.rows for wrong in self.wrong)

    def add(self, loaded: Loaded, warehouse: Path) -> None:
        """Add a run."""
        self.seconds.append(loaded.measure.seconds)
        if loaded.model_seconds is not None:
            self.model_seconds.append(loaded.model_seconds)
        self.peak_bytes = max(self.peak_bytes, loaded.measure.peak_bytes)
        self.warehouse_bytes = warehouse.stat().st_size

    def as_dict(self) -> dict:
        """For JSON, with what is derived."""
        derived = {"median_seconds": None, "median_model_seconds": None}
        if self.seconds:
            derived["median_seconds"] = statistics.median(self.seconds)
        if self.model_seconds:
            derived["median_model_seconds"] = statistics.median(self.model_seconds)
        return asdict(self) | derived | {"wrong_rows": self.wrong_rows}


def query_times(warehouse: Path, day: str) -> dict[str, float]:
    """The median milliseconds of `QUERIES` on a warehouse that was built by this project.

    Args:
        warehouse: the DuckDB file.
        day: the last date of the week and the month, ISO 8601.
    """
    times = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        ((user,),) = connection.execute(
            "select user_key from silver.events where user_key is not null "
            "group by user_key order by count(*) desc, user_key limit 1 offset 100"
        ).fetchall() or [("",)]
        for name, query in QUERIES.items():
            text = query.format(day=day, user=user.replace("'", "''"))
            runs = []
            for _ in range(QUERY_RUNS):
                began = time.perf_counter()
                connection.execute(text).fetchall()
                runs.append((time.perf_counter() - began) * 1_000)
            times[name] = statistics.median(runs)
    return times


@dataclass
class Race:
    """All contenders on one size of history.

    Args:
        events: how many the history of 365 landing days holds, about.
        runs: how many ordinary days are loaded; their median counts.
        scratch: the folder for data and warehouses; data is found there again.
        memory_limit: DuckDB's for every contender, such as 4GB; None for its own.
        formats: of the first build, `lines` and `rows`.
        tell: called with what is going on, for a person to read.

    Raises:
        BusyError: another benchmark works in the same folder.
    """

    events: int
    runs: int
    scratch: Path
    memory_limit: str | None = None
    formats: tuple[str, ...] = ("lines", "rows")
    tell: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self.folder = self.scratch / str(self.events)
        self.folder.mkdir(parents=True, exist_ok=True)
        # held until this process ends, however it does
        self.lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError(
                f"Another benchmark is at work in {self.folder}: wait for it, or give this one a "
                "folder of its own with --scratch."
            ) from error
        self.results: list[Result] = []
        self.queries: dict[str, float] = {}
        self.tell("making a year of events, once")
        self.lines = data.made(self.folder, self.events, data.LINES)
        self.steps = data.steps(self.lines, self.folder / "crafted", self.runs)
        # of the ordinary days the last: it shows what those before it left wrong as well
        self.compared = {step.key: step for step in self.steps}
        self.tell("building the truth")
        self.truth = self.right_tables()

    def right_tables(self) -> Truth:
        """What is right after each step."""
        landing, database = self.folder / "all", self.folder / "truth.duckdb"
        rmtree(landing, ignore_errors=True)
        database.unlink(missing_ok=True)
        for step in self.steps:
            data.land(step.files, landing)
        truth = Truth(database)
        files = list(landing.rglob(f"*.{data.LINES}"))
        truth.build(files, [step.day for step in self.compared.values()])
        rmtree(landing)
        return truth

    def run(self, contender_class: type[Contender]) -> None:
        """Take a contender through all steps, and note the results."""
        try:
            contender = self.entered(contender_class)
            if contender.rebuilds:
                self.rebuild(contender)
            else:
                for step in self.steps:
                    self.take(contender, step)
            if isinstance(contender, Ours):
                self.tell("asking what an analyst asks")
                # the last day with a day's events: before the replay
                self.queries = query_times(contender.warehouse, self.steps[-2].day.isoformat())
            rmtree(contender.folder)
            if "rows" in self.formats and contender_class in (Ours, HandWritten):
                self.first_build_of_rows(contender_class)
        except (CommandError, NotInstalledError) as error:
            self.results.append(
                Result(self.events, contender_class.name, "error", "stopped", error=str(error))
            )

    def entered(self, contender_class: type[Contender], kind: str = "lines") -> Contender:
        """A contender with nothing landed yet."""
        folder = self.folder / contender_class.__name__.lower()
        return contender_class(folder, self.memory_limit, kind)

    def take(self, contender: Contender, step: data.Step) -> Result:
        """One step of a contender. Those of one key, the ordinary days, share a result."""
        self.tell(f"{contender.name}: {step.label}")
        loaded = contender.take(step)
        last = self.results[-1] if self.results else None
        if not (last and (last.contender, last.step) == (contender.name, step.key)):
            last = Result(self.events, contender.name, step.key, step.label)
            self.results.append(last)
        last.add(loaded, contender.warehouse)
        if step.day in {other.day for other in self.compared.values()}:
            last.wrong = self.truth.wrong_rows(contender.warehouse, contender.schemas, step.day)
        return last

    def rebuild(self, contender: Contender) -> None:
        """The first build, and one after all changes: any change costs this contender as much."""
        first, *others = self.steps
        self.take(contender, first)
        for step in others:
            data.land(step.files, contender.landing)
        label = "any change, which is a rebuild"
        self.take(contender, replace(others[-1], key="change", label=label, files=()))

    def first_build_of_rows(self, contender_class: type[Contender]) -> None:
        """The first build from Parquet, which holds the same events but for malformed lines."""
        self.tell("making the same year as Parquet, once")
        rows = data.made(self.folder, self.events, data.ROWS)
        contender = self.entered(contender_class, "rows")
        label = "first build from Parquet"
        files = data.history(rows)
        self.take(contender, replace(self.steps[0], key="first_rows", label=label, files=files))
        rmtree(contender.folder)
