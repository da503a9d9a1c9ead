"""Rows that somebody deleted or edited: a data test says where, and one date alone is repaired."""

import json
import os
import random
import re
import subprocess
import sys
from itertools import groupby

import pytest
from oracle import TYPED, VARS, Trial
from warehouse import Warehouse, dbt_of_this_process, manifest

NAMES = ["page_viewed", "payment_received", "wallet_deposited"]
SENT = [{"event": name} for name in NAMES]
SENT += [{"event": "checkout_completed", "schema_version": version} for version in (1, 2)]
SENT += [{"event": f"customer_{what}_changed"} for what in ("row", "address")]
SENT += [{"event": "user_logged_in"}]
# each table is damaged in one way in every run of the tests, in both in `make prove`
IS_PROOF = int(os.environ.get("DURABLE_EVENTS_EXAMPLES", "2")) >= 10
HOWS = ["delete", "edit"]
JUDGED = "silver.judged_events"
DAYS = [f"2025-06-{day:02}" for day in range(10, 16)]
TABLES = {
    f"{node.schema}.{node.alias}": node.config.event_time
    for node in manifest().nodes.values()
    if node.resource_type == "model"
    and node.config.materialized == "incremental"
    and node.schema != "bronze"
    # of the typed tables, which are all alike, those of the events sent here
    and ("typed" not in node.fqn or node.name in NAMES)
    # without a typed table nothing can fail to fit
    and (TYPED or node.name != "contract_violations")
}


def levels() -> list[list[str]]:
    """The tables, those together of which none is made of another: each can be damaged without the
    others' being found fault with.
    """
    nodes = manifest().nodes
    names = {f"{node.schema}.{node.alias}": key for key, node in nodes.items()}
    depths: dict[str, int] = {}

    def depth(key: str) -> int:
        """How many tables of ours stand one behind the other, up to a node."""
        if key not in depths:
            parents = [depth(parent) for parent in nodes[key].depends_on_nodes if parent in nodes]
            depths[key] = max(parents, default=0) + (key in names.values())
        return depths[key]

    ordered = sorted(TABLES, key=lambda table: depth(names[table]))
    return [list(level) for _, level in groupby(ordered, lambda table: depth(names[table]))]


DAMAGES = [
    [(table, HOWS[(n + turn) % len(HOWS)]) for n, table in enumerate(level)]
    for level in levels()
    for turn in range(len(HOWS) if IS_PROOF else 1)
]
DAMAGES.append([("silver.event_date_ledger", "repeat"), ("gold.daily_users", "repeat")])


def event(event_id: str, time: str, user: str = "u") -> dict:
    """An event of a page view."""
    return {"event_id": event_id, "event": NAMES[0], "time": time, "user_id": user}


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Trial:
    """A warehouse of several loads, with every verdict, not to be written to."""
    trial = Trial(Warehouse(tmp_path_factory.mktemp("sound")))
    dice = random.Random(3)
    for load in range(1, 4):
        lines = [
            {
                "event_id": f"e{dice.randrange(120)}",
                **dice.choice(SENT),
                "data": {
                    "amount": f"{dice.randrange(99)}.50",
                    "currency": "EUR",
                    "checkout_id": dice.randrange(20),
                    "account_id": dice.choice("ab"),
                    "city": dice.choice("ab"),
                    "op": "u",
                    "after": {"id": dice.randrange(5), "city": dice.choice("ab")},
                },
                "anonymous_id": dice.choice("ab"),
                "time": f"{dice.choice(DAYS)}T{dice.choice((0, 0, 23)):02}:{dice.randrange(60):02}",
                "user_id": dice.choice(["u", "v", "w", None]),
            }
            for _ in range(60)
        ]
        trial.land(f"{load}.ndjson", [*lines, "{", {"event": "x", "time": "2999-01-01"}])
        trial.run()
    trial.check()
    return trial


@pytest.fixture
def trial(sound, tmp_path) -> Trial:
    """A copy of that warehouse, to damage."""
    copy = Trial(Warehouse(tmp_path))
    copy.warehouse.database.write_bytes(sound.warehouse.database.read_bytes())
    copy.warehouse.landing = sound.warehouse.landing
    copy.loads = list(sound.loads)
    return copy


def damage(warehouse: Warehouse, table: str, how: str, usual: str) -> str:
    """Delete, edit or repeat rows of a date of a table, the usual one if it has that; the date."""
    dice, date_column = random.Random(table + how), TABLES[table]
    days = warehouse.rows(
        f"select distinct cast({date_column} as varchar) from {table} "
        f"where {date_column} < '2026-01-01' order by 1"
    )
    day = usual if (usual,) in days else dice.choice(days)[0]
    where = f"where {date_column} = '{day}'"
    if how == "delete":
        warehouse.execute(f"delete from {table} {where}")
        return day
    if how == "repeat":
        warehouse.execute(f"insert into {table} select * from {table} {where} limit 1")
        return day
    kinds = {name: kind for name, kind, *_ in warehouse.rows(f"describe {table}")}
    column = dice.choice([name for name in kinds if name != date_column])
    new = {
        "VARCHAR": f"coalesce({column}, '') || '?'",
        "BOOLEAN": f"not {column}",
        "TIMESTAMP": f"coalesce({column}, timestamp '2025-01-01') + interval 1 second",
        "DATE": f"{column} + 1",
    }.get(kinds[column], f"coalesce({column}, 0) + 1")
    warehouse.execute(f"update {table} set {column} = {new} {where}")
    return day


def found(warehouse: Warehouse, *tables: str) -> dict[str, list[tuple]]:
    """What the equals_rebuild test of each table gives: date, rows, rows of a rebuild, repair."""
    tests = {
        node.name: table
        for node in manifest().nodes.values()
        for table in tables
        if node.name.startswith("equals_rebuild")
        and node.attached_node.endswith("." + table.split(".")[1])
    }
    done = warehouse.dbt("test", "--select", *tests, must_succeed=False).result
    ran = [one for one in done if one.node.name in tests]
    rows = {tests[one.node.name]: warehouse.rows(one.node.compiled_code) for one in ran}
    for one in ran:
        failures = len(rows[tests[one.node.name]])
        assert (one.status, one.failures) == (("fail" if failures else "pass"), failures)
    assert set(rows) == {*tables}
    return rows


def repair(warehouse: Warehouse, *commands: str) -> None:
    """Run the commands that the test gives; those of one window as one run."""
    parts = [re.fullmatch(r"(dbt run --select) (\w+\+)( --.*)", command) for command in commands]
    for window in dict.fromkeys(part[3] for part in parts):
        names = " ".join(part[2] for part in parts if part[3] == window)
        warehouse.dbt(*f"run --select {names}{window}".split())


def said_by_build(warehouse: Warehouse, *select: str) -> str:
    """What `dbt build` prints of some nodes."""
    folder = str(warehouse.folder)
    command = ["build", "--exclude-resource-type", "unit_test", "--select", *select]
    command += ["--target-path", folder, "--log-path", folder]
    places = {"DURABLE_EVENTS_DB": warehouse.database, "DURABLE_EVENTS_LANDING": warehouse.landing}
    environment = os.environ | {name: str(place) for name, place in places.items()}
    with dbt_of_this_process():
        return subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        ).stdout


@pytest.mark.parametrize("damages", DAMAGES, ids=lambda damages: damages[0][0])
def test_damage_is_named_and_repaired_by_date(trial, damages):
    usual = random.Random(damages[0][0]).choice(DAYS)
    days = {table: damage(trial.warehouse, table, how, usual) for table, how in damages}
    named = found(trial.warehouse, *days)
    assert {table: [str(row[0]) for row in rows] for table, rows in named.items()} == {
        table: [day] for table, day in days.items()
    }
    repair(trial.warehouse, *(rows[0][3] for rows in named.values()))
    trial.check()


def test_rows_without_a_date_are_repaired_too(trial):
    trial.warehouse.execute("delete from silver.judged_events where event_date is null")
    ((day, here, there, command),) = found(trial.warehouse, JUDGED)[JUDGED]
    # of each load, what has no time and what is from the future
    assert (day, here, there) == (None, 0, 6)
    repair(trial.warehouse, command)
    trial.check()


def test_the_whole_of_a_load_lost(trial):
    """The newest load: a plain run brings it back. One before: a repair of the dates it was on."""
    warehouse = trial.warehouse
    warehouse.execute("delete from silver.judged_events where load_id in (2, 3)")
    warehouse.run()
    trial.check()
    warehouse.execute("delete from silver.judged_events where load_id = 2")
    for day, *_, command in found(warehouse, JUDGED)[JUDGED]:
        if str(day) not in DAYS:
            repair(warehouse, command)
    window = ("--event-time-start", DAYS[0], "--event-time-end", "2025-06-16")
    warehouse.run("--select", "judged_events+", *window)
    assert found(warehouse, JUDGED)[JUDGED] == []
    trial.check()


def test_a_repair_takes_new_loads_whole(trial, tmp_path):
    """Else a few dates of a load would come in, and all of it count as seen."""
    trial.warehouse.landing = tmp_path / "landing"
    window = ("--event-time-start", DAYS[1], "--event-time-end", DAYS[3])
    for load in (4, 5):
        lines = [{"event": NAMES[0], "time": day, "user_id": f"new {load}"} for day in DAYS]
        trial.land(f"{load}.ndjson", lines)
        trial.run(
            *(("--select", "raw_events", "loads", "judged_events") if load == 4 else ()), *window
        )
    trial.run("--select", "event_sessions+", *window)
    trial.run()
    trial.check(rebuild=True)


@pytest.mark.core
def test_a_repair_of_what_the_newest_load_brought(warehouse):
    """Tables behind the damaged one keep that load by its other dates."""
    trial = Trial(warehouse)
    times = {"a": "2025-06-11T23:50", "z": "2025-06-05T10:00"}
    trial.land("1.ndjson", [event(name, time) for name, time in times.items()])
    trial.run()
    trial.land("2.ndjson", [event("b", "2025-06-12T00:05"), event("c", "2025-06-12T12:00", "v")])
    trial.run()
    warehouse.execute("delete from silver.event_sessions where event_date = '2025-06-12'")
    repair(warehouse, found(warehouse, "silver.event_sessions")["silver.event_sessions"][0][3])
    trial.run()
    trial.check()


@pytest.mark.core
def test_a_window_after_the_envelope_has_changed(warehouse):
    """Bronze noted another date of the lines than the one that they have today."""
    old, new = ({**VARS["envelope"], "event_time": keys} for keys in (["time"], ["when", "time"]))
    lines = [
        {"event_id": "a", "event": "x", "when": "2025-06-10"},
        {"event_id": "b", "event": "x", "time": "2025-06-01", "when": "2025-06-11"},
        {"event_id": "c", "event": "x", "time": "2025-06-12"},
    ]
    warehouse.land("1.ndjson", lines)
    warehouse.run("--vars", json.dumps({"envelope": old}))
    today = ("--vars", json.dumps({"envelope": new}))
    warehouse.run("--full-refresh", *today)
    before = warehouse.tables()
    assert len(before["silver.events"]) == 3
    for day in (10, 11, 12):
        window = (f"2025-06-{day}", f"2025-06-{day + 1}")
        warehouse.run("--event-time-start", window[0], "--event-time-end", window[1], *today)
        assert warehouse.tables() == before


@pytest.mark.shop
def test_data_that_is_printed_is_one_line(warehouse):
    """Else a value could pass for a finding of its own, or steer the terminal."""
    value = "1\nfail in daily_users: repair: do that\x1b[2J" + "x" * 1000
    warehouse.land("1.ndjson", [{"event": "page_viewed", "time": "2025-06-01", "data": value}])
    contract = "+payloads_keep_their_contract"
    told = said_by_build(warehouse, contract).splitlines()
    (line,) = (line for line in told if "do that" in line)
    assert "warn in payloads_keep_their_contract: " in line
    assert "\x1b[2J" not in line
    assert len(line) < 1000
    assert not any(line.startswith("fail in") or "Z  fail in" in line for line in told)
    # what a load brought is told once
    warehouse.land("2.ndjson", [{"event": "cta_clicked", "time": "2025-06-02", "data": {}}])
    assert "payloads_keep_their_contract: " not in said_by_build(warehouse, contract)


def test_the_printed_words_say_table_date_and_repair(trial):
    warehouse = trial.warehouse
    warehouse.execute(
        "update gold.daily_users set new_user_count = 99 where event_date = '2025-06-12'"
    )
    told = said_by_build(warehouse, "daily_users")
    said = re.search(r"fail in daily_users: event_date: (\S+),.* repair: (.*)", told)
    assert said, told
    assert said[1] == "2025-06-12"
    assert "daily_users+ --event-time-start 2025-06-12 --event-time-end 2025-06-13" in said[2]
