"""Run dbt on a warehouse from a script, and compile SQL with macros in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from durable_events.rebuild import PROJECT


def dbt(database: Path, folder: Path, *arguments: str) -> str:
    """Run a dbt command on a warehouse, and give what it prints; ends the script if it fails.

    `folder`: for dbt's target and log files.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "--quiet", *arguments),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        ],
        cwd=PROJECT,
        env=os.environ | {"DURABLE_EVENTS_DB": str(database)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"dbt {arguments[0]} fails:\n{done.stdout}{done.stderr}")
    return done.stdout


def compiled(sql: str, database: Path, folder: Path) -> str:
    """The plain SQL of SQL with macros and refs in it, for a warehouse."""
    told = dbt(database, folder, "compile", "--output", "json", "--inline", sql)
    return json.loads(told[told.index("{") :])["compiled"]
