"""The daily tables that keep up by a ledger, as dbt knows them: a user's own are among them."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment

from durable_events.rebuild import PROJECT, quoted


@dataclass(frozen=True)
class DailyTable:
    """A daily table, and a query for its stale dates. Names are `schema.table`."""

    name: str
    quoted: str
    quoted_date: str
    ledger_name: str
    stale_dates: str


def target() -> Path:
    """The folder in which dbt leaves what it knows."""
    return PROJECT / os.environ.get("DBT_TARGET_PATH", "target")


def daily_tables() -> list[DailyTable]:
    """The models with a ledger, from the manifest of dbt's last command; without one, dbt parses.

    Raises RuntimeError if dbt can't parse the project.
    """
    path = target() / "manifest.json"
    if not path.is_file():
        command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "parse"]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"dbt can't parse the project:\n{done.stdout}")
    return from_manifest(json.loads(path.read_text()))


def from_manifest(manifest: dict) -> list[DailyTable]:
    """The models of a manifest that have a ledger.

    What is stale is said once, in the macro `stale_dates`. It hangs on its arguments alone, so it
    is rendered here without dbt, which needs three seconds to start.
    """
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    by_name = {node["name"]: node for node in models}
    macro = (PROJECT / "macros" / "ledger" / "stale_dates.sql").read_text()
    stale_dates = Environment().from_string(macro).module.stale_dates
    found = []
    for node in models:
        meta = node["config"].get("meta") or {}
        if not meta.get("ledger"):
            continue
        ledger, date = by_name[meta["ledger"]], quoted(node["config"]["event_time"])
        query = stale_dates(relation(ledger), relation(node), date, meta.get("event_name"))
        found.append(DailyTable(name(node), relation(node), date, name(ledger), str(query)))
    return sorted(found, key=lambda table: table.name)


def name(node: dict) -> str:
    """A model's table as `schema.table`."""
    return f"{node['schema']}.{node['alias']}"


def relation(node: dict) -> str:
    """A model's table, quoted, in whichever file is open."""
    return f"{quoted(node['schema'])}.{quoted(node['alias'])}"
