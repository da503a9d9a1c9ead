"""Who is measured: this project, and what else one could run on the same files."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb
import yaml

from durable_events.benchmark import hand_written
from durable_events.benchmark.data import Step, land
from durable_events.benchmark.measure import Measure, measured

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
LOOKBACK_DAYS = 3
PLAIN_BEGIN = date(2024, 1, 1)  # some events of the first landing days are a year older
TABLES = ("events", "sessions", "daily_event_counts", "daily_sessions", "daily_users")


class NotInstalledError(RuntimeError):
    """A contender is not there and can't be installed; says why."""


@dataclass(frozen=True)
class Loaded:
    """What a step took: its measure, and where the tool tells it, the seconds of its models."""

    measure: Measure
    model_seconds: float | None = None


@dataclass
class Contender:
    """A tool, with a landing folder and a warehouse of its own below `folder`.

    Args:
        folder: made anew.
        memory_limit: DuckDB's, such as 4GB; None for DuckDB's own, 80 % of the machine.
        kind: what its files hold, `lines` or `rows` (Parquet).
    """

    folder: Path
    memory_limit: str | None = None
    kind: str = "lines"

    name = "?"
    told = "?"  # one line on what it is and what it was given
    rebuilds = False  # whether any change costs it the same as a first build
    schemas: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.landing.mkdir(parents=True)

    @property
    def landing(self) -> Path:
        """The folder that its files land in."""
        return self.folder / "landing"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that it builds."""
        return self.folder / "warehouse.duckdb"

    def take(self, step: Step) -> Loaded:
        """Have the files of a step land, and load them. Raises CommandError if that fails."""
        land(step.files, self.landing)
        return self.load(step)

    def load(self, step: Step) -> Loaded:
        """Load what has landed, as on the day of the step."""
        raise NotImplementedError


def own_target() -> dict:
    """The target of this project's profiles.yml."""
    profiles = yaml.safe_load((PROJECT / "profiles.yml").read_text())
    return profiles["durable_events"]["outputs"]["duckdb"]


def write_profile(folder: Path, name: str, target: dict) -> None:
    """Write the profiles.yml of a contender: one profile with one target."""
    profiles = {name: {"target": "duckdb", "outputs": {"duckdb": target}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))


def engine_config(memory_limit: str | None) -> dict:
    """What DuckDB is opened with, as this project does it, for all: it is no merit of a method.

    Args:
        memory_limit: such as 4GB; None for DuckDB's own.
    """
    target = own_target()
    settings = {name: value for name, value in target["settings"].items() if name != "TimeZone"}
    limit = {"memory_limit": memory_limit} if memory_limit else {}
    return target["config_options"] | settings | limit


class Ours(Contender):
    """This project: plain `dbt run` of the tables that the others build as well."""

    name = "Durable Events"
    told = "this project: plain `dbt run`, of the tables compared and what they need"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.schemas = {
            table: "gold" if table.startswith("daily_") else "silver" for table in TABLES
        }
        target = own_target()
        # the profile moves to another folder: paths in it would no longer lead here
        target["module_paths"] = [str(PROJECT / "scripts")]
        if self.memory_limit:
            target["settings"]["memory_limit"] = self.memory_limit
        write_profile(self.folder, "durable_events", target)

    def load(self, step: Step) -> Loaded:
        variables = {
            "DURABLE_EVENTS_DB": str(self.warehouse),
            "DURABLE_EVENTS_LANDING": str(self.landing),
        }
        daily = (f"+{table}" for table in TABLES if table.startswith("daily_"))
        command = dbt_run(PROJECT, self.folder, "--select", *daily, "landed_files")
        return Loaded(measured(command, PROJECT, variables), model_seconds(self.folder))


def dbt_run(project: Path, folder: Path, *arguments: str) -> list[str]:
    """The command `dbt run` for a project, with its profile and all that it writes in a folder."""
    return [
        *(sys.executable, "-m", "dbt.cli.main", "run", "--project-dir", str(project)),
        *("--profiles-dir", str(folder), "--target-path", str(folder / "target")),
        *("--log-path", str(folder / "logs"), "--no-version-check", *arguments),
    ]


def model_seconds(folder: Path) -> float:
    """The seconds that the models of the last `dbt run` took, summed up."""
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    return sum(result["execution_time"] for result in results)


class HandWritten(Contender):
    """The hand-written script: the practical limit of a first build."""

    name = "hand-written SQL"
    told = "one DuckDB script that knows its feed, without dbt: the practical limit"
    rebuilds = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.schemas = dict.fromkeys(TABLES, "main")

    def load(self, step: Step) -> Loaded:
        self.warehouse.unlink(missing_ok=True)
        config = json.dumps(engine_config(self.memory_limit))
        command = [
            *(sys.executable, "-m", hand_written.__name__),
            *(str(self.warehouse), str(self.landing), self.kind, config),
        ]
        return Loaded(measured(command, PROJECT))


class PlainDbt(Contender):
    """The dbt project in plain_dbt/, run by the same dbt. Its dbt_project.yml says its choices."""

    name = "dbt microbatch"
    told = (
        "plain dbt as a careful user writes it (scripts/benchmark/plain_dbt): right events, tables "
        "by date as microbatch models with a lookback of 3 days, run daily"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.schemas = dict.fromkeys(TABLES, "main")
        target = {"type": "duckdb", "path": str(self.warehouse), "threads": 2}
        target["config_options"] = engine_config(self.memory_limit)
        target["settings"] = {"TimeZone": "UTC"}
        write_profile(self.folder, "plain_events", target)

    def load(self, step: Step) -> Loaded:
        project = HERE / "plain_dbt"
        variables = {"landing": str(self.landing), "rebuild": self.rebuilds}
        window: tuple[str, ...] = ()
        if not self.rebuilds:
            first = step.day - timedelta(days=LOOKBACK_DAYS)
            if step.key == "first":
                first, variables["batch_size"] = PLAIN_BEGIN, "year"
            past = step.day + timedelta(days=1)
            window = ("--event-time-start", str(first), "--event-time-end", str(past))
        command = dbt_run(project, self.folder, "--vars", json.dumps(variables), *window)
        return Loaded(measured(command, self.folder), model_seconds(self.folder))


class PlainDbtRebuild(PlainDbt):
    """The same dbt project with all its models as tables."""

    name = "dbt tables"
    told = "the same dbt project, every model a table that each run builds anew from all files"
    rebuilds = True


class SqlMesh(Contender):
    """The SQLMesh project in sqlmesh/, in an environment of its own: its pins are not ours."""

    name = "SQLMesh"
    told = (
        "SQLMesh on DuckDB as a careful user writes it (scripts/benchmark/sqlmesh): right events, "
        "tables by date as incremental models with a lookback of 3 days, run daily"
    )
    environment: Path | None = None  # None: beside the data, once for all sizes

    def __post_init__(self) -> None:
        super().__post_init__()
        self.schemas = dict.fromkeys(TABLES, "plain")
        environment = self.environment or self.folder.parents[1] / "sqlmesh-venv"
        self.program = sqlmesh_program(environment)
        # it sets these only once the file is there, and what version of storage has one is in it
        duckdb.connect(str(self.warehouse), config=engine_config(self.memory_limit)).close()

    def load(self, step: Step) -> Loaded:
        variables = {
            "BENCH_WAREHOUSE": str(self.warehouse),
            "BENCH_LANDING": str(self.landing),
            "BENCH_ENGINE": json.dumps(engine_config(self.memory_limit) | {"TimeZone": "UTC"}),
            "BENCH_CACHE": str(self.folder / "cache"),
            "SQLMESH_HOME": str(self.folder / "home"),
        }
        # `sqlmesh run` takes today from the clock; a plan that runs what is due can be told
        command = [
            *(str(self.program), "--paths", str(HERE / "sqlmesh")),
            *("--log-file-dir", str(self.folder / "logs"), "plan", "--run", "--auto-apply"),
            *("--no-prompts", "--skip-tests", "--no-diff"),
            *("--execution-time", str(step.day + timedelta(days=1))),
        ]
        return Loaded(measured(command, self.folder, variables))


def sqlmesh_program(environment: Path, install: bool = True) -> Path:
    """The command of SQLMesh in a virtual environment that is made now, or was before.

    Args:
        environment: its folder.
        install: false to use it only if it is there.

    Raises:
        NotInstalledError: it can't be installed, as without a network.
    """
    program = environment / "bin" / "sqlmesh"
    wanted = (HERE / "sqlmesh" / "requirements.txt").read_text().split()
    wanted.append(f"duckdb=={version('duckdb')}")  # the same engine for all
    note = environment / "wanted.txt"
    if program.is_file() and note.is_file() and note.read_text().split() == wanted:
        return program
    if not install:
        raise NotInstalledError(
            f"SQLMesh is not installed in {environment}: `make bench` does that"
        )
    python = str(environment / "bin" / "python")
    try:
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(environment)],
            check=True,
            capture_output=True,
        )
        with_uv = [sys.executable, "-m", "uv", "pip", "install", "--python", python, *wanted]
        with_pip = [python, "-m", "pip", "install", *wanted]
        if subprocess.run(with_uv, capture_output=True, check=False).returncode:
            subprocess.run(with_pip, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", None) or str(error).encode()
        raise NotInstalledError(
            f"SQLMesh can't be installed into {environment}, so it is not measured: "
            f"{why.decode(errors='replace').strip()[-500:]}"
        ) from error
    note.write_text("\n".join(wanted))
    return program


CONTENDERS: dict[str, type[Contender]] = {
    "ours": Ours,
    "hand-written": HandWritten,
    "dbt-microbatch": PlainDbt,
    "dbt-tables": PlainDbtRebuild,
    "sqlmesh": SqlMesh,
}
