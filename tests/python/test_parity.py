"""The proof of parity, and the replay up to a load."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from oracle import Trial
from warehouse import PROJECT, DbtError, Warehouse


def parity(warehouse) -> tuple[int, dict[str, dict]]:
    """Exit code and result by table of `scripts/parity.py`."""
    done = subprocess.run(
        [sys.executable, "scripts/parity.py", "--json"],
        cwd=PROJECT,
        env=os.environ | {"DURABLE_EVENTS_DB": str(warehouse.database)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, {row["table"]: row for row in json.loads(done.stdout)}


def event(number: int, time: str) -> dict:
    return {"event_id": f"e{number}", "event": "x", "time": time, "user_id": number % 3}


def test_parity_finds_each_kind_of_difference(warehouse):
    for load in range(3):
        days = (20, 10, 15)[load]
        lines = [event(9 * load + n, f"2025-06-{days + n:02}T23:{50 + n}:00Z") for n in range(9)]
        warehouse.land(f"{load}.ndjson", [*lines, lines[0], "{"])
        warehouse.run()
    before = hashlib.sha256(warehouse.database.read_bytes()).digest()
    code, tables = parity(warehouse)
    assert hashlib.sha256(warehouse.database.read_bytes()).digest() == before
    assert code == 0
    assert all(
        row["identical"] > 0 or row["table"] == "silver.late_events" for row in tables.values()
    )
    assert set(tables) == set(warehouse.tables())

    warehouse.execute(
        "update gold.daily_users set new_user_count = 7 where event_date = '2025-06-20'"
    )
    warehouse.execute("delete from silver.sessions where session_date = '2025-06-11'")
    warehouse.execute("insert into gold.daily_sessions from gold.daily_sessions limit 1")
    warehouse.execute("create table gold.made_by_hand as select 1 as one")
    warehouse.execute("drop table silver.user_date_ledger")
    code, tables = parity(warehouse)
    assert code == 1
    counts = {
        name: (row["differing"], row["only_here"], row["only_rebuilt"])
        for name, row in tables.items()
        if row["first"]
    }
    assert counts == {
        "gold.daily_users": (1, 0, 0),
        "silver.sessions": (0, 0, 1),
        "gold.daily_sessions": (0, 1, 0),
        "gold.made_by_hand": (0, 0, 0),
        "silver.user_date_ledger": (0, 0, 0),
    }
    assert '"new_user_count":7' in tables["gold.daily_users"]["first"][0]


def test_a_replay_gives_the_tables_as_they_were(warehouse, tmp_path):
    trial = Trial(warehouse, allowed_lateness=timedelta(days=1))
    for load, day in enumerate((20, 10, 21, 15), start=1):
        trial.land(f"{load}.ndjson", [event(load, f"2025-06-{day}T10:00:00Z")] * 2)
        trial.run(reconcile=load == 3)
        if load == 3:
            as_they_were = warehouse.tables()
    replayed = Warehouse(tmp_path / "replayed")
    # the third run made load 3, a landing, and load 4, a reconciliation
    done = subprocess.run(
        [sys.executable, "scripts/replay.py", "4", str(replayed.database)],
        cwd=PROJECT,
        env=os.environ | {"DURABLE_EVENTS_DB": str(warehouse.database)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert replayed.tables() == as_they_were
    assert warehouse.tables() != as_they_were
    with pytest.raises(DbtError, match=r"scripts/replay\.py"):
        warehouse.run("--vars", "as_of_load: 2")
