"""`make status` says how a warehouse is, and its exit code says whether somebody should look."""

import json
import shutil
import subprocess
import sys
from datetime import datetime

import pytest
import typer
from typer.testing import CliRunner
from warehouse import PROJECT, Warehouse, manifest

from durable_events.commands.status import main
from durable_events.monitoring.daily import daily_tables
from durable_events.monitoring.durations import duration
from durable_events.monitoring.read import read
from durable_events.project import Project
from durable_events.warehouse import opened

HOLD_OPEN = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""
APP = typer.Typer()
APP.command()(main)


def event(number: int, day: int, name: str = "page_viewed") -> dict:
    at = f"2026-05-{day:02}T10:00:00Z"
    return {"event_id": f"e{number}", "event_name": name, "event_time": at, "user_id": number}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Warehouse:
    """A warehouse of one load: five events of five days, a replay, and two lines that are none."""
    warehouse = Warehouse(tmp_path_factory.mktemp("status"))
    lines = [event(day, day) for day in range(1, 6)]
    warehouse.land("a.ndjson", [*lines, lines[0], "{half a li", {"event_name": "[red]x[/red]"}])
    warehouse.run()
    manifest().write(str(warehouse.folder / "target" / "manifest.json"))
    return warehouse


@pytest.fixture
def mine(built, tmp_path, monkeypatch) -> Warehouse:
    """A copy of it, to change."""
    monkeypatch.setenv("DBT_TARGET_PATH", str(built.folder / "target"))
    warehouse = Warehouse(tmp_path)
    shutil.copy(built.database, warehouse.database)
    return warehouse


def status(warehouse: Warehouse, *arguments: str) -> tuple[int, dict]:
    """What the command says of a warehouse: its exit code and its JSON."""
    done = CliRunner().invoke(APP, ["--warehouse", str(warehouse.database), "--json", *arguments])
    return done.exit_code, json.loads(done.stdout)


def shown(warehouse: Warehouse) -> str:
    """What the command prints."""
    arguments = ["--warehouse", str(warehouse.database)]
    return CliRunner(env={"COLUMNS": "110"}).invoke(APP, arguments).output


@pytest.mark.shop
def test_all_is_well(mine):
    code, found = status(mine)
    assert (code, found["state"], found["needs_a_look"]) == (0, "well", [])
    (load,) = found["loads"]
    assert (load["load_id"], load["load_kind"], load["line_count"]) == (1, "landing", 8)
    assert load["verdicts"] == {"accepted": 5, "duplicate": 1, "rejected": 2}
    assert found["newest_event_time"] == "2026-05-05T10:00:00Z"
    assert found["watermark"] is None
    assert found["late_waiting_count"] == 0
    verdicts = {(row["verdict"], row["reason"]): row["line_count"] for row in found["verdicts"]}
    assert verdicts == {
        ("accepted", None): 5,
        ("duplicate", None): 1,
        ("rejected", "malformed_json"): 1,
        ("rejected", "missing_event_time"): 1,
    }
    daily = {row["table"]: row for row in found["daily_tables"]}
    assert set(daily) >= {"gold.daily_event_counts", "gold.daily_sessions", "gold.daily_revenue"}
    assert daily["gold.daily_users"]["newest_date"] == "2026-05-05"
    assert daily["gold.daily_users"]["newest_load_id"] == 1
    text = shown(mine)
    assert "All is well." in text
    assert "malformed_json" in text


def test_stale_dates_are_found(mine):
    # one that the table lacks, one that it made of an older load
    mine.execute("delete from gold.daily_users where event_date = date '2026-05-02'")
    mine.execute("update gold.daily_users set load_id = 0 where event_date = date '2026-05-04'")
    code, found = status(mine)
    assert (code, found["state"]) == (1, "needs_a_look")
    daily = {row["table"]: row for row in found["daily_tables"]}
    assert daily["gold.daily_users"]["stale_dates"] == ["2026-05-04", "2026-05-02"]
    assert [row["table"] for row in found["daily_tables"] if row["stale_date_count"]] == [
        "gold.daily_users"
    ]
    assert "gold.daily_users has 2 stale dates (the newest: 2026-05-04)" in shown(mine)


def test_a_table_of_a_users_own_is_covered(mine):
    """With its filter by event name: what dbt has in its manifest is all that is asked."""
    known = manifest().writable_manifest().to_dict()
    node = json.loads(json.dumps(known["nodes"]["model.durable_events.daily_users"], default=str))
    meta = {"ledger": "event_date_ledger", "event_name": "it's mine"}
    node |= {"name": "my_days", "alias": "my days", "config": node["config"] | {"meta": meta}}
    known["nodes"]["model.durable_events.my_days"] = node
    (own,) = (daily for daily in daily_tables(known) if str(daily.table) == "gold.my days")
    mine.execute('create table gold."my days" as select * from gold.daily_users limit 0')
    assert mine.rows(own.stale_dates) == []
    mine.execute("insert into silver.event_date_ledger values ('2026-04-01', 'it''s mine', 1, 1)")
    assert [str(date) for (date,) in mine.rows(own.stale_dates)] == ["2026-04-01"]


def test_a_load_that_did_not_get_through(mine):
    mine.execute("update silver.judged_events set load_id = 0")
    code, found = status(mine)
    assert code == 1
    assert found["needs_a_look"][0].startswith("Load 1 is in bronze and not in silver")


def test_how_old_the_newest_files_are(mine):
    mine.execute("update bronze.loads set received_at = now()::timestamp - interval 3 hour")
    mine.execute("insert into bronze.loads select * replace (0 as load_id, received_at - interval 1 hour as received_at) from bronze.loads")  # noqa: E501  # fmt: skip
    code, found = status(mine)
    assert code == 0
    assert found["usual_seconds_between_landings"] == 3600
    assert found["seconds_since_landing"] == pytest.approx(3 * 3600, abs=120)
    assert "Files last landed 3 hours ago; usually every 60 minutes." in shown(mine)
    assert status(mine, "--max-age", "4h")[0] == 0
    code, found = status(mine, "--max-age", "90 minutes")
    assert code == 1
    (look,) = found["needs_a_look"]
    assert look.endswith("usually every 60 minutes. Allowed: 90 minutes.")


def test_findings_are_told_and_critical_validations_count(mine):
    mine.execute("create or replace view gold.event_quality_findings as select 'volume' as trigger_name, date '2026-05-05' as event_date, 'x' as event_name, null as field, 'too [bold]few[/bold]' as finding, unnest([0, 1]) as load_id, load_id = 1 as is_news")  # noqa: E501  # fmt: skip
    code, found = status(mine)
    assert (code, [row["load_id"] for row in found["findings"]]) == (0, [1])
    assert found["findings"][0]["finding"] == "too [bold]few[/bold]"
    with opened(mine.database, Project(PROJECT)) as warehouse:
        told = [row["load_id"] for row in read(warehouse, findings_after=-1).findings]
    assert told == [0, 1]
    mine.execute("create schema if not exists quality")
    mine.execute("create or replace table quality.validation_results as select unnest([0, 1, 1, 1]) as load_id, now() as validated_at, 'silver.events' as table_name, date '2026-05-05' as event_date, unnest(['a', 'b', 'c', 'd']) as expectation, 'event_id' as column_name, unnest(['critical', 'warning', 'critical', 'critical']) as severity, unnest([false, false, true, true]) as success")  # noqa: E501  # fmt: skip
    code, found = status(mine)
    assert (code, [row["expectation"] for row in found["validation_failures"]]) == (0, ["b"])
    mine.execute("update quality.validation_results set success = false")
    code, found = status(mine)
    assert (code, found["needs_a_look"]) == (1, ["2 critical validations of load 1 fail."])
    text = shown(mine)
    # data is printed as data
    assert "too [bold]few[/bold]" in text
    assert "2 critical validations" in text


def test_a_warehouse_without_anything(mine):
    mine.database.unlink()
    code, found = status(mine)
    assert (code, found["state"]) == (2, "unknown")
    assert "build it first" in found["reason"]
    mine.execute("select 1")
    code, found = status(mine)
    assert (code, found["loads"], found["newest_event_time"]) == (1, [], None)
    assert all(not row["is_built"] for row in found["daily_tables"])
    assert "Nothing has landed yet." in shown(mine)


def test_a_locked_warehouse_says_by_whom(mine):
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_OPEN, str(mine.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        other.stdout.readline()
        code, found = status(mine)
    finally:
        other.communicate()
    assert (code, found["state"]) == (2, "unknown")
    assert f"is in use: process {other.pid} " in found["reason"]
    assert "Try again when it is done" in found["reason"]
    assert status(mine)[0] == 0


def test_a_file_that_is_no_warehouse(mine):
    mine.database.write_text("a text")
    code, found = status(mine)
    assert code == 2
    assert "Can't read" in found["reason"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("45s", 45), ("10m", 600), ("2h", 7200), ("3 days", 259200), ("0s", 0)]
)
def test_durations(text, seconds):
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "soon", "10", "-2h", "2h; drop table x"])
def test_what_is_no_duration(text):
    with pytest.raises(typer.BadParameter, match="is no duration"):
        duration(text)


def test_times_have_their_zone(mine):
    received_at = status(mine)[1]["loads"][0]["received_at"]
    assert datetime.fromisoformat(received_at).utcoffset().total_seconds() == 0
