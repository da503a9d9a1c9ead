"""The lines of the landing folder by Parquet, for a dbt without plugins: the same bronze."""

import gzip
import os
import subprocess
import sys

import duckdb
import pytest
import yaml
from warehouse import PROJECT, Warehouse

BRONZE = ("raw_events", "landed_files")
LINE = '{"event_id":"%s","event":"door_opened","time":"2026-03-01T10:00:00Z","user_id":"u"}'


@pytest.fixture
def sides(tmp_path):
    """Two warehouses of one landing folder: one reads it within dbt, one has no plugin."""
    found = []
    for name in ("by_plugin", "by_parquet"):
        side = Warehouse(tmp_path / name, only=("bronze",))
        side.landing = tmp_path / "landing"
        found.append(side)
    found[0].landing.mkdir()
    profiles = yaml.safe_load((PROJECT / "profiles.yml").read_text())
    target = profiles["durable_events"]["outputs"]["duckdb"]
    del target["plugins"], target["module_paths"]
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profiles))
    return found


def land(side: Warehouse, *arguments: str) -> str:
    """`durable-events land-lines` for a warehouse; what it says."""
    return process(
        side, "durable_events", "land-lines", str(side.folder / "landed lines"), *arguments
    )


def run(side: Warehouse) -> str:
    """`dbt run` of bronze, the lines by Parquet and no plugin in the profile."""
    folder = side.folder
    return process(
        side,
        *("dbt.cli.main", "run", "--select", "path:models/bronze"),
        *("--profiles-dir", str(folder.parent), "--target-path", str(folder / "target")),
        *("--vars", yaml.safe_dump({"landed_lines": str(folder / "landed lines")})),
    )


def process(side: Warehouse, *command: str, must_succeed: bool = True) -> str:
    """A command in a process of its own: this one has the plugin loaded."""
    environment = {"DURABLE_EVENTS_DB": side.database, "DURABLE_EVENTS_LANDING": side.landing}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *command],
        cwd=PROJECT,
        env=os.environ | {name: str(path) for name, path in environment.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert bool(done.returncode) != must_succeed, done.stdout + done.stderr
    return done.stdout + done.stderr


def bronze(side: Warehouse) -> dict[str, list[tuple]]:
    """What came with which load, whenever that was."""
    return {
        table: side.rows(f"select * exclude (received_at) from bronze.{table} order by all")
        for table in BRONZE
    }


def test_both_ways_give_the_same_bronze_row_for_row(sides, tmp_path):
    by_plugin, by_parquet = sides
    landing = by_plugin.landing
    (landing / "a.ndjson").write_text(LINE % 1 + "\n\n" + LINE % 2 + "\n" + (LINE % 4)[:20])
    (landing / "odd.jsonl").write_bytes(b'\xef\xbb\xbf{"x":1}\r\n\xff\xfe\nno json\n')
    (landing / "b.csv").write_text(
        'event,time,note\nopened,2026-03-01,"two\nlines"\nshut,2026-03-02\n'
    )
    (landing / "day one").mkdir()
    (landing / "day one" / "c.json.gz").write_bytes(gzip.compress((LINE % 3 + "\n").encode()))
    duckdb.sql("select 1 as event_id, 'opened' as event").write_parquet(str(landing / "d.parquet"))
    (landing / "empty.ndjson").touch()

    loads = 0
    for change in ("first", "none", "grown"):
        if change == "grown":
            (landing / "a.ndjson").write_text(
                LINE % 1 + "\n\n" + LINE % 2 + "\n" + LINE % 4 + "\n" + LINE % 5 + "\n"
            )
            (landing / "e.ndjson").write_text(LINE % 6 + "\n")
            (landing / "odd.jsonl").write_bytes(b"changed\n")
        by_plugin.run()
        land(by_parquet)
        run(by_parquet)
        found = bronze(by_parquet)
        assert found == bronze(by_plugin)
        loads = len({row[0] for row in found["raw_events"]})
        assert loads == (2 if change == "grown" else 1)
    # of a (one of them half), odd, b, c and d; then a's half line whole and one more, and e's
    assert len(found["raw_events"]) == 3 + 3 + 2 + 1 + 1 + 2 + 1


def test_no_line_lands_twice_and_none_is_lost_in_whatever_order_they_run(sides):
    by_plugin, by_parquet = sides
    landing = by_plugin.landing
    (landing / "a.ndjson").write_text(LINE % 1 + "\n")
    assert "1 new lines" in land(by_parquet)
    run(by_parquet)
    run(by_parquet)
    (landing / "a.ndjson").write_text(LINE % 1 + "\n" + LINE % 2 + "\n")
    run(by_parquet)
    assert len(bronze(by_parquet)["raw_events"]) == 1
    land(by_parquet)
    assert '"line_count": 1, "after_load": 1' in land(by_parquet, "--json")
    # another run is faster, and reads the folder by itself
    by_parquet.run()
    run(by_parquet)
    assert [row[2] for row in bronze(by_parquet)["raw_events"]] == [1, 2]
    assert "0 new lines" in land(by_parquet)


def test_lines_that_were_never_written_are_told_of(sides):
    _, by_parquet = sides
    told = process(
        by_parquet,
        *("dbt.cli.main", "run", "--select", "raw_events", "--vars", "landed_lines: nowhere"),
        *("--target-path", str(by_parquet.folder / "target")),
        must_succeed=False,
    )
    assert "There is no nowhere/lines.parquet" in told
    assert "Run `durable-events land-lines` first." in told
