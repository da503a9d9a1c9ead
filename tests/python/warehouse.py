"""A warehouse in a folder of its own: land lines, run dbt, read tables."""

import atexit
import filecmp
import gc
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache, partial
from io import StringIO
from pathlib import Path
from tempfile import mkdtemp
from unittest.mock import patch

import duckdb
import jinja2
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from quick_dbt import make_dbt_quick

from durable_events.cli import main

PROJECT = Path(__file__).resolve().parents[2]
QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-version-check")


# What nothing else is made from, as dbt selects it: the tests of the core do without.
ASIDE = (
    *("path:models/shop/silver/typed+", "money_entries+", "customer_profile_changes+"),
    *("identifications+", "users", "calendar"),
    *("contract_violations", "line_counts+", "event_lateness"),
)


class DbtError(AssertionError):
    """A dbt command failed; says which nodes, and why."""


@cache
def manifest() -> Manifest:
    """The parsed project: parsed once for all tests of this process, and for what they start."""
    make_dbt_quick()
    os.chdir(PROJECT)
    # The catalog's name, the file's stem, is part of what is parsed.
    os.environ["DURABLE_EVENTS_DB"] = "warehouse.duckdb"
    result = dbtRunner().invoke(["parse", "--no-partial-parse", *QUIET])
    assert result.success, result.exception
    # it stays until the end: nobody need look whether it is garbage
    gc.collect()
    gc.freeze()
    folder = mkdtemp(prefix="manifest-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    result.result.write(str(Path(folder, "ours.json")))
    os.environ["DBT_TARGET_PATH"] = folder
    leave_manifest()
    return result.result


def leave_manifest() -> None:
    """Put our manifest where commands look for it: a test may have had another project's there."""
    folder = os.environ.get("DBT_TARGET_PATH", "")
    ours, there = Path(folder, "ours.json"), Path(folder, "manifest.json")
    if ours.is_file() and not (there.is_file() and filecmp.cmp(ours, there, shallow=False)):
        shutil.copy(ours, there)


def settings() -> dict:
    """All settings of this project: what its vars say over what `default_settings` has."""
    macro = (PROJECT / "macros/settings/default_settings.sql").read_text()
    found: dict = {}
    jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(
        macro + "{% do default_settings() %}"
    ).render({"return": found.update})

    def merge(default, value):
        if not (isinstance(default, dict) and isinstance(value, dict)):
            return value
        return default | {key: merge(default.get(key), part) for key, part in value.items()}

    return merge(found, yaml.safe_load((PROJECT / "dbt_project.yml").read_text()).get("vars", {}))


@contextmanager
def manifest_for(database: Path) -> Iterator[Manifest]:
    """The parsed project, for a file of any name: what its catalog is called hangs on that."""
    nodes = [node for node in manifest().nodes.values() if hasattr(node, "relation_name")]
    kept = [(node.database, node.relation_name) for node in nodes]
    for node in nodes:
        node.database = database.stem
        if node.relation_name:
            _, *rest = node.relation_name.split(".")
            node.relation_name = ".".join([f'"{database.stem}"', *rest])
    try:
        yield manifest()
    finally:
        for node, (catalog, name) in zip(nodes, kept, strict=True):
            node.database, node.relation_name = catalog, name


def narrowed(command: list[str], scope: tuple[str, ...]) -> list[str]:
    """A command of dbt that makes no more than is selected and excluded by `scope`."""
    if "--select" in scope and "--select" in command:
        chosen = command.index("--select")
        command = command[:chosen] + command[chosen + 2 :]
    return [*command, *scope]


@contextmanager
def dbt_of_this_process(scope: tuple[str, ...] = ()) -> Iterator[None]:
    """Have a command's dbt run here, where the project is parsed, not in a process of its own.

    `scope`: which models a run or a build is to make, as options of dbt, if not all.
    """
    start = subprocess.run

    def run(command: list[str], **options) -> subprocess.CompletedProcess:
        if "dbt.cli.main" not in command or "parse" in command:
            return start(command, **options)
        arguments = command[command.index("dbt.cli.main") + 1 :]
        if {"run", "build"} & {*arguments}:
            arguments = narrowed(arguments, scope)
        environment = options.get("env") or os.environ
        is_heard = options.get("stdout") == subprocess.PIPE or options.get("capture_output")
        quiet = ("--log-level-file", "none") if is_heard else [x for x in QUIET if "json" not in x]
        said = StringIO()
        try:
            with (
                manifest_for(Path(environment["DURABLE_EVENTS_DB"])) as parsed,
                patch.dict(os.environ, environment, clear=True),
                redirect_stdout(said),
            ):
                result = dbtRunner(manifest=parsed).invoke([*arguments, *quiet])
        finally:
            DuckDBConnectionManager.close_all_connections()
        code = 0 if result.success else 2 if result.exception else 1
        done = subprocess.CompletedProcess(command, code, said.getvalue(), "")
        if options.get("check"):
            done.check_returncode()
        return done

    with patch("subprocess.run", run):
        yield


def call_command(
    *arguments: str, scope: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess:
    """What `durable-events` says, called in this process; by the dbt of this process, if any.

    `scope`: which models that dbt is to make, as options of it, if not all. `environment`:
    variables to set beside those of this process.
    """
    manifest()
    with dbt_of_this_process(scope), patch.dict(os.environ, environment):
        code, said, complained = heard(*arguments)
    return subprocess.CompletedProcess(arguments, code, said, complained)


def heard(*arguments: object) -> tuple[int, str, str]:
    """The exit code of `durable-events`, called in this process, and its stdout and stderr."""
    said, complained = StringIO(), StringIO()
    with (
        patch.object(sys, "argv", ["durable-events", *map(str, arguments)]),
        redirect_stdout(said),
        redirect_stderr(complained),
        pytest.raises(SystemExit) as ended,
    ):
        main()
        sys.exit(0)
    return ended.value.code or 0, said.getvalue(), complained.getvalue()


def start_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """The same as a process of its own, as from a shell."""
    return subprocess.run(
        [sys.executable, "-m", "durable_events", *map(str, arguments)],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def clean_environment() -> dict[str, str]:
    """This process's environment, without what other tests have put there."""
    ours = ("DURABLE_EVENTS_", "DBT_", "VIRTUAL_ENV")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


class Warehouse:
    """A DuckDB file and a landing folder below `folder`, and the project's dbt run on them.

    `leave_out`: models that `build` and `run` do without, as dbt selects them; `only`: those that
    they make, if not all.
    """

    def __init__(self, folder: Path, leave_out: tuple[str, ...] = (), only: tuple[str, ...] = ()):
        self.folder = folder
        self.leave_out = leave_out
        self.only = only
        self.views_in = -1
        self.database = folder / "warehouse.duckdb"
        self.landing = folder / "landing"
        self.landing.mkdir(parents=True, exist_ok=True)

    def land(self, name: str, lines: list | bytes) -> Path:
        """Write a landing file: bytes as they are; lines (bytes or text as they are, anything else
        as JSON) each with a newline, compressed if the name says so.
        """
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(lines, bytes):
            lines = b"".join(as_bytes(line) + b"\n" for line in lines)
            lines = gzip.compress(lines) if name.endswith(".gz") else lines
        path.write_bytes(lines)
        return path

    def dbt(self, *arguments: str, must_succeed: bool = True) -> dbtRunnerResult:
        """Run a dbt command, e.g. `dbt("run", "--select", "events")`.

        Raises DbtError where the command fails and `must_succeed` is true.
        """
        parsed = manifest()
        os.environ["DURABLE_EVENTS_DB"] = str(self.database)
        os.environ["DURABLE_EVENTS_LANDING"] = str(self.landing)
        command = [*arguments, "--target-path", str(self.folder / "target"), *QUIET]
        try:
            result = dbtRunner(manifest=parsed).invoke(command)
        finally:
            DuckDBConnectionManager.close_all_connections()
        if must_succeed and not result.success:
            failed = [
                f"{node.node.name}: {node.status}: {node.message}"
                for node in result.result or []
                if node.status not in ("success", "pass", "warn", "skipped", "no-op")
            ]
            raise DbtError("\n".join([str(result.exception or ""), *failed]))
        return result

    def build(self, *arguments: str) -> dbtRunnerResult:
        """`dbt build`: models and data tests. Others have tests of their own, or nothing to run."""
        without = ("--exclude-resource-types", "unit_test", "saved_query", "exposure")
        return self.dbt("build", *without, *self.scoped(arguments))

    def run(self, *arguments: str) -> dbtRunnerResult:
        """`dbt run`: models without tests. Views that are there already are not made once more."""
        narrowed = {"--select", "--exclude", "--full-refresh", "--empty"} & {*arguments}
        has_views = self.views_in == self.file_number() and not narrowed
        views = ("config.materialized:view",) if has_views else ()
        result = self.dbt("run", *self.scoped(arguments, *views))
        # an empty run leaves views that are empty
        self.views_in = -1 if "--empty" in narrowed else self.views_in
        if not narrowed:
            self.views_in = self.file_number()
        return result

    def file_number(self) -> int:
        """Which file the warehouse is, 0 if there is none: a test may put another in its place."""
        return self.database.stat().st_ino if self.database.exists() else 0

    def scoped(self, arguments: tuple[str, ...], *more: str) -> tuple[str, ...]:
        """Arguments of a dbt command, less what is left out here, and what more is to be."""
        if self.only and "--select" not in arguments:
            arguments += ("--select", *self.only, "--indirect-selection", "cautious")
        left_out = (*self.leave_out, *more)
        return (*arguments, "--exclude", *left_out) if left_out else arguments

    def sql(self, inline: str) -> str:
        """The SQL of a query with macros and refs in it."""
        compiled = self.dbt("compile", "--inline", inline).result.results[0]
        return compiled.node.compiled_code

    def rows(self, query: str, *parameters) -> list[tuple]:
        """What a query on the warehouse gives."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def rows_of(self, queries: dict[str, str]) -> dict[str, list[tuple]]:
        """What several queries give, by name: to open the file takes longer than to ask."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return {name: connection.execute(sql).fetchall() for name, sql in queries.items()}

    def execute(self, statement: str) -> None:
        """Change the warehouse behind dbt's back."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(statement)

    def parity(self, call=None) -> dict[str, dict]:
        """What `durable-events parity` says, by table. Its exit code agrees with it.

        `call`: how the command is started, if not here, where it rebuilds what is made here.
        """
        call = call or partial(call_command, scope=self.scoped(()))
        done = call("parity", "--json", DURABLE_EVENTS_DB=str(self.database))
        assert done.returncode in (0, 1), done.stderr
        tables = {row["table"]: row for row in json.loads(done.stdout)}
        assert done.returncode == any(row["first"] for row in tables.values())
        return tables

    def tables(self, *schemas: str) -> dict[str, list[tuple]]:
        """Every table and view of the schemas (default: silver and gold) by name, rows sorted."""
        names = self.tables_made(*schemas)
        return self.rows_of({name: f"select * from {name} order by all" for name in names})

    def tables_made(self, *schemas: str) -> list[str]:
        """The names of every table and view of the schemas (default: silver and gold)."""
        found = self.rows(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where list_contains(?, table_schema) order by 1",
            list(schemas or ("silver", "gold")),
        )
        return [name for (name,) in found]


def as_bytes(line) -> bytes:
    """A line as it stands in a file."""
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()
