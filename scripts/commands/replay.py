"""Build all that is made from bronze as it was after a given load, in a file of its own."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from durable_events.errors import CannotTell
from durable_events.options import ProjectDir, WarehouseFile
from durable_events.project import Project
from durable_events.rebuild import rebuild
from durable_events.warehouse import opened


def main(
    as_of_load: Annotated[int, typer.Argument(min=1, help="The last load to take in.")],
    into: Annotated[Path, typer.Argument(help="The DuckDB file to make; must not exist.")],
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
) -> None:
    """Build the tables as they were after a load, elsewhere.

    Example: durable-events replay 7 as_of_load_7.duckdb

    For looking at the tables as they were when somebody read a number off them, or for replaying up
    to the load at which something went wrong. They are built in a file of their own; the warehouse
    is opened read-only.
    """
    project = Project(project_dir)
    file = project.warehouse(warehouse)
    if into.exists():
        raise CannotTell(f"{into} exists: give the name of a new file.")
    if not into.absolute().parent.is_dir():
        raise CannotTell(f"There is no folder {into.parent} for {into.name}: make it first.")
    with opened(file, project) as reading:
        loads = [row["load_id"] for row in reading.rows("select load_id from {loads} order by 1")]
    if as_of_load not in loads:
        known = f"{loads[0]} to {loads[-1]}" if loads else "none yet"
        raise CannotTell(f"There was no load {as_of_load} in {file}. Its loads: {known}.")
    with tempfile.TemporaryDirectory(prefix="replay-") as logs:
        rebuild(project, file, into, Path(logs), *("--vars", f"as_of_load: {as_of_load}"))
    print(f"{into} holds the tables as they were after load {as_of_load}.")
