"""A dbt project that has this one as a package: its dbt, and the commands, called in this process.

To start a process and import dbt there takes longer than what most tests are about.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from quick_dbt import make_dbt_quick
from warehouse import PROJECT, clean_environment, heard

SILENT = ("--log-level", "none", "--log-level-file", "none")
PACKAGES = f"packages: [{{local: {json.dumps(str(PROJECT))}}}]\n"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files into a folder, by their paths."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@contextmanager
def inside(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """Be in a folder as a process is that is started there, in an environment."""
    with chdir(folder), patch.dict(os.environ, environment, clear=True):
        yield


def start_dbt(
    folder: Path, environment: dict[str, str], *arguments: str, heard=()
) -> dbtRunnerResult:
    """Run a dbt command in a folder. It parses what has changed, as any dbt does."""
    make_dbt_quick()
    try:
        with inside(folder, environment):
            return dbtRunner(callbacks=[*heard]).invoke([*arguments])
    finally:
        DuckDBConnectionManager.close_all_connections()


@contextmanager
def dbt_of_commands() -> Iterator[None]:
    """Have a command's dbt run in this process, in the folder and environment that it is given."""
    start = subprocess.run

    def run(command: list[str], **options) -> subprocess.CompletedProcess:
        if "dbt.cli.main" not in command:
            return start(command, **options)
        arguments = command[command.index("dbt.cli.main") + 1 :]
        said = StringIO()
        with redirect_stdout(said):
            environment = options.get("env") or dict(os.environ)
            result = start_dbt(options["cwd"], environment, *arguments, *SILENT[2:])
        if options["stdout"] != subprocess.PIPE:
            options["stdout"].write(said.getvalue())
        code = 0 if result.success else 2 if result.exception else 1
        return subprocess.CompletedProcess(command, code, said.getvalue(), "")

    with patch("subprocess.run", run):
        yield


def call(folder: Path, *arguments: object, **more: str) -> tuple[int, str, str]:
    """The exit code of `durable-events` in a folder, and what it prints on stdout and stderr.

    `more`: variables of the environment.
    """
    environment = clean_environment() | {"COLUMNS": "150"} | more
    with inside(folder, environment), dbt_of_commands():
        return heard(*arguments)


class Another:
    """A dbt project in a folder that has this one as a package, and what its dbt prints.

    Args:
        folder: where it is.
        files: what it consists of, besides packages.yml; none if it is there already.
    """

    def __init__(self, folder: Path, files: dict[str, str] | None = None):
        self.folder = folder
        self.printed: list[str] = []
        if files:
            self.write(files | {"packages.yml": PACKAGES})
            # as `dbt deps` leaves it
            (folder / "dbt_packages").mkdir()
            (folder / "dbt_packages" / "durable_events").symlink_to(PROJECT)

    def write(self, files: dict[str, str]) -> None:
        """Write files, by their paths."""
        write(self.folder, files)

    def dbt(self, *arguments: str, warehouse: str | None = None) -> dbtRunnerResult:
        """Run a dbt command in the folder; `printed` is what people see of it, its warnings too.

        `warehouse`: another file than the profile's.
        """
        self.printed = []

        def print_(event) -> None:
            if event.info.level in ("info", "warn", "error"):
                self.printed.append(f"{event.info.level}: {event.info.msg}")

        environment = clean_environment()
        if warehouse:
            environment["DURABLE_EVENTS_DB"] = warehouse
        options = (*SILENT, "--no-use-colors")
        return start_dbt(self.folder, environment, *arguments, *options, heard=[print_])

    def call(self, *arguments: object) -> str:
        """What `durable-events` says in the folder, where all is well."""
        code, said, why = call(self.folder, *arguments)
        assert code == 0, said + why
        return said

    @property
    def said(self) -> str:
        """What dbt printed, each run of white space as one space."""
        return " ".join(" ".join(self.printed).split())

    def rows(self, query: str, warehouse: str = "acme.duckdb") -> list[tuple]:
        """What a query on the warehouse gives."""
        with duckdb.connect(str(self.folder / warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def execute(self, statements: str, *parameters: object) -> None:
        """Change the warehouse behind dbt's back."""
        with duckdb.connect(str(self.folder / "acme.duckdb")) as connection:
            connection.execute(statements, parameters)
