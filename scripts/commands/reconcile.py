"""Let in all late events that wait in silver.late_events, as a load of its own.

The same as `dbt build --vars 'reconcile: true'`, and says what was let in. Where nothing waits,
nothing is run.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from durable_events.rebuild import PROJECT


def main(
    warehouse: Annotated[
        Path, typer.Option(envvar="DURABLE_EVENTS_DB", help="The DuckDB file to reconcile.")
    ] = Path("warehouse.duckdb"),
) -> None:
    """Let in all late events that wait, as a load of its own."""
    if not warehouse.is_file():
        sys.exit(f"There is no warehouse {warehouse}: build it first, `make run`.")
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            count, first, last = connection.execute(
                "select count(*), min(event_date), max(event_date) from silver.late_events"
            ).fetchone()
    except duckdb.Error as error:
        sys.exit(f"Can't read {warehouse}: {error}")
    if not count:
        print("No event waits in silver.late_events.")
        return
    command = ["build", "--exclude-resource-type", "unit_test", "--vars", "reconcile: true"]
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *command],
        cwd=PROJECT,
        env=os.environ | {"DURABLE_EVENTS_DB": str(warehouse.resolve())},
        check=False,
    )
    if done.returncode:
        sys.exit(f"dbt did not succeed: see above. {count} events waited before.")
    print(f"{count} late events of {first} to {last} were let in.")
