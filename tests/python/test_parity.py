"""The parity proof: finds no difference where there is none, and each kind where there is one."""

import hashlib
import json
import os
import subprocess
import sys

from warehouse import PROJECT


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


def test_parity(warehouse):
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
