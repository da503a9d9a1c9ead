"""The lines of the landing folder by Parquet, for a dbt without plugins: the same bronze."""

import gzip

import duckdb
import pytest
import yaml
from warehouse import PROJECT, DbtError, Warehouse, call_command

BRONZE = ("raw_events", "landed_files")
LINE = '{"event_id":"%s","event":"door_opened","time":"2026-03-01T10:00:00Z","user_id":"u"}'


@pytest.fixture
def sides(tmp_path):
    """Two warehouses of one landing folder: one reads it within dbt, one by Parquet."""
    found = []
    for name in ("by_plugin", "by_parquet"):
        side = Warehouse(tmp_path / name, only=("path:models/bronze",))
        side.landing = tmp_path / "landing"
        found.append(side)
    found[0].landing.mkdir()
    return found


def land(side: Warehouse, *arguments: str) -> str:
    """What `durable-events land-lines` says, of a warehouse."""
    done = call_command(
        *("land-lines", side.folder / "landed lines", *arguments),
        DURABLE_EVENTS_DB=str(side.database),
        DURABLE_EVENTS_LANDING=str(side.landing),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(side: Warehouse, start=None) -> None:
    """`dbt run` with the lines by Parquet. `start`: in which way, if not in this process."""
    start = start or side.dbt
    folder = yaml.safe_dump({"landed_lines": str(side.folder / "landed lines")})
    start("run", "--select", "path:models/bronze", "--vars", folder)


def without_plugin(side: Warehouse):
    """dbt by a profile that has no plugin, to call as `side.dbt`."""
    profiles = yaml.safe_load((PROJECT / "profiles.yml").read_text())
    target = profiles["durable_events"]["outputs"]["duckdb"]
    del target["plugins"], target["module_paths"]
    (side.folder / "profiles.yml").write_text(yaml.safe_dump(profiles))

    def start(*command: str) -> None:
        side.dbt(*command, "--profiles-dir", str(side.folder))

    return start


def bronze(side: Warehouse) -> dict[str, list[tuple]]:
    """What came with which load, whenever that was."""
    return {
        table: side.rows(f"select * exclude (received_at) from bronze.{table} order by all")
        for table in BRONZE
    }


def test_both_ways_give_the_same_bronze_row_for_row(sides):
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

    for change in ("first", "none", "grown"):
        if change == "grown":
            (landing / "a.ndjson").write_text(
                LINE % 1 + "\n\n" + LINE % 2 + "\n" + LINE % 4 + "\n" + LINE % 5 + "\n"
            )
            (landing / "e.ndjson").write_text(LINE % 6 + "\n")
            (landing / "odd.jsonl").write_bytes(b"changed\n")
        by_plugin.run()
        land(by_parquet)
        run(by_parquet, without_plugin(by_parquet) if change == "first" else None)
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
    start = without_plugin(by_parquet)
    with pytest.raises(DbtError, match=r"There is no nowhere/lines\.parquet") as told:
        start("run", "--select", "raw_events", "--vars", "landed_lines: nowhere")
    assert "Run `durable-events land-lines` first." in str(told.value)
    with pytest.raises(DbtError, match=r"The profile has no reader of the landing folder"):
        start("run", "--select", "raw_events")
