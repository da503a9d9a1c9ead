"""The proof of parity, and the replay up to a load."""

import hashlib
import os
import shutil
from datetime import timedelta
from typing import NamedTuple

import pytest
from oracle import COLUMNS, Trial
from warehouse import DbtError, Warehouse, call_command, start_command

DEMO_LOADS = int(os.environ.get("DURABLE_EVENTS_DEMO_LOADS", "3"))
IS_PROOF = DEMO_LOADS > 3
# of fewer events the quality triggers find something odd
DEMO_EVENTS = 20_000 if IS_PROOF else 12_000

NAMES = (
    *("page_viewed", "product_searched", "product_add_to_cart", "checkout_completed"),
    *("order_placed", "payment_received", "user_signed_up", "wallet_deposited"),
    *("user_logged_in", "customer_row_changed", "customer_address_changed"),
)


def event(number: int, time: str) -> dict:
    """By turns an event of each typed kind, so that no table is empty."""
    sent = {"event_id": f"e{number}", "event": NAMES[number % len(NAMES)], "time": time}
    more = {"user_id": number % 3, "anonymous_id": f"device {number % 2}"}
    more["schema_version"] = 1 + number // len(NAMES) % 2
    row = {"op": "u", "after": {"id": number}, "city": "Bonn"}
    return sent | more | {"properties": row | {"items": [{"sku": "a"}], "account_id": "a"}}


class Loaded(NamedTuple):
    """A warehouse of all tables, and what was in them once."""

    warehouse: Warehouse
    as_of_load_4: dict[str, list[tuple]]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Loaded:
    """Four runs with late events, repeats and rejects; the third made load 3, a landing, and load
    4, a reconciliation.
    """
    warehouse = Warehouse(tmp_path_factory.mktemp("loaded"))
    trial = Trial(warehouse, allowed_lateness=timedelta(days=1))
    before_last = {}
    for run, first in enumerate((20, 10, 21, 1), start=1):
        lines = [event(9 * run + n, f"2025-06-{first + n:02}T23:{50 + n}:00Z") for n in range(9)]
        trial.land(f"{run}.ndjson", [*lines, lines[0], "{"])
        before_last = warehouse.tables() if run == 4 else {}
        trial.run(reconcile=run in (3, 4))
    return Loaded(warehouse, before_last)


def test_every_table_has_an_oracle(loaded):
    columns = loaded.warehouse.rows(
        "select table_schema || '.' || table_name, column_name from information_schema.columns "
        "where table_schema in ('silver', 'gold')"
    )
    found = {name: {column for table, column in columns if table == name} for name, _ in columns}
    del found["silver.event_names"]  # says what the seeds say: test_names.py
    del found["gold.event_quality_findings"]  # judges, and counts nothing: test_quality.py
    assert found == {name: set(columns) for name, columns in COLUMNS.items()}


@pytest.mark.shop
def test_parity_finds_each_kind_of_difference(loaded, tmp_path):
    warehouse = Warehouse(tmp_path)
    shutil.copy(loaded.warehouse.database, warehouse.database)
    before = hashlib.sha256(warehouse.database.read_bytes()).digest()
    tables = warehouse.parity()
    assert hashlib.sha256(warehouse.database.read_bytes()).digest() == before
    assert not any(row["first"] for row in tables.values())
    # nothing waits, nobody asks, and five days are too few to judge
    empty = {"silver.late_events", "silver.commands", "gold.event_quality_findings"}
    assert {name for name, row in tables.items() if not row["identical"]} == empty
    assert set(tables) == set(warehouse.tables())

    warehouse.execute(
        "update gold.daily_users set new_user_count = 7 where event_date = '2025-06-20'"
    )
    warehouse.execute("delete from silver.sessions where session_date = '2025-06-20'")
    warehouse.execute("insert into gold.daily_sessions from gold.daily_sessions limit 1")
    warehouse.execute("create table gold.made_by_hand as select 1 as one")
    warehouse.execute("drop table silver.user_date_ledger")
    tables = warehouse.parity()
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


def test_a_replay_gives_the_tables_as_they_were(loaded, tmp_path):
    warehouse, replayed = loaded.warehouse, Warehouse(tmp_path / "replayed")
    there = {"DURABLE_EVENTS_DB": str(warehouse.database)}
    done = call_command("replay", "4", replayed.database, **there)
    assert done.returncode == 0, done.stderr
    assert replayed.tables() == loaded.as_of_load_4
    assert warehouse.tables() != loaded.as_of_load_4
    with pytest.raises(DbtError, match=r"durable-events replay"):
        warehouse.run("--vars", "as_of_load: 2")


@pytest.mark.shop
def test_the_demo_loaded_bit_by_bit_and_then_all_of_it_again(warehouse, tmp_path):
    """Equal to a rebuild after the loads; and a replay of all adds duplicates, and nothing else."""
    made = tmp_path / "demo"
    assert start_command("demo", "--events", str(DEMO_EVENTS), "--out", made).returncode == 0
    warehouse.dbt("seed")
    days = sorted(made.iterdir())
    for load in range(DEMO_LOADS):
        for day in days[load * len(days) // DEMO_LOADS : (load + 1) * len(days) // DEMO_LOADS]:
            day.rename(warehouse.landing / day.name)
        warehouse.run()
    before = warehouse.tables()
    judged = "select load_id > {}, verdict, count(*) from silver.judged_events group by all"
    shutil.copytree(warehouse.landing, warehouse.landing / "again")
    warehouse.build()
    counts = {(new, verdict): n for new, verdict, n in warehouse.rows(judged.format(DEMO_LOADS))}
    after = warehouse.tables()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        *("silver.judged_events", "silver.rejected_events", "silver.duplicate_events"),
        *("silver.line_counts", "gold.event_quality_daily"),
    }
    assert counts[True, "rejected"] == counts[False, "rejected"]
    assert counts[True, "duplicate"] == counts[False, "accepted"] + counts[False, "duplicate"]
    # in `make prove` from a shell, as people do
    tables = warehouse.parity(start_command if IS_PROOF else None)
    print(f"\n{DEMO_LOADS} loads and a replay of all: {len(tables)} tables compared")
    assert [row for row in tables.values() if row["first"]] == []
