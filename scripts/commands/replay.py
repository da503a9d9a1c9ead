"""Build silver and gold as they were after a given load, in a file of their own.

For looking at the tables as they were when somebody read a number off them, or for replaying up to
the load at which something went wrong. The warehouse is opened read-only.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from durable_events.rebuild import rebuild


def main(
    as_of_load: Annotated[int, typer.Argument(min=1, help="The last load to take in.")],
    into: Annotated[Path, typer.Argument(help="The DuckDB file to make; must not exist.")],
    warehouse: Annotated[
        Path, typer.Option(envvar="DURABLE_EVENTS_DB", help="The DuckDB file to replay.")
    ] = Path("warehouse.duckdb"),
) -> None:
    """Build silver and gold as they were after a load, in a file of their own."""
    if not warehouse.is_file():
        sys.exit(f"There is no warehouse {warehouse}: build it first, `make run`.")
    if into.exists():
        sys.exit(f"{into} exists: give the name of a new file.")
    with tempfile.TemporaryDirectory(prefix="replay-") as logs:
        try:
            rebuild(
                warehouse.resolve(),
                into.resolve(),
                Path(logs),
                *("--vars", f"as_of_load: {as_of_load}"),
            )
        except (duckdb.Error, subprocess.CalledProcessError) as error:
            sys.exit(f"Can't replay {warehouse}: {error}")
    print(f"{into} holds silver and gold as they were after load {as_of_load}.")
