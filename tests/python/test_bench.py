"""The benchmark measures what it says: ours is right, drift of others is seen, damage is found."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner
from warehouse import ASIDE, Warehouse

from durable_events.benchmark import contenders, data, machine, measure, report, truth
from durable_events.benchmark.contenders import HandWritten, Ours, PlainDbt, SqlMesh
from durable_events.benchmark.race import BusyError, Race, Result
from durable_events.commands import bench_peers as bench

EVENTS = 5_000
DAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    """One scratch folder for all tests of this file: a year of few events is made once."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def race(scratch) -> Race:
    """A race that nobody has entered yet, with all that comes late in one step."""
    race = Race(EVENTS, runs=1, scratch=scratch, formats=("lines",))
    first, day, _, late_one, late_spread, replay = race.steps
    files = day.files + late_one.files + late_spread.files
    race.steps = [first, replace(late_spread, files=files), replay]
    return race


class OursInThisProcess(Ours):
    """This project, run by the dbt of this process: the tests have parsed it already."""

    def load(self, step):
        warehouse = Warehouse(self.folder, ASIDE)
        warehouse.run()
        return contenders.Loaded(measure.Measure(1.0, 1), 0.5)


def wrong_by_step(race: Race, contender_class) -> dict[str, int]:
    """Take a contender through the race; its wrong rows by step."""
    before = len(race.results)
    race.run(contender_class)
    results = race.results[before:]
    assert results and not any(result.error for result in results), results
    return {result.step: result.wrong_rows for result in results}


@pytest.mark.shop
def test_ours_has_no_wrong_row(race):
    """By the truth of the shop's events, which knows what versions of them are registered."""
    wrong = wrong_by_step(race, OursInThisProcess)
    assert wrong == {"first": 0, "late_spread": 0, "replay": 0}
    assert bench.failed(race.results) == []
    assert set(race.queries) == {
        "events of a week",
        "all events of one user",
        "one JSON field over a month",
    }


def test_the_hand_written_script_builds_what_is_right(race):
    assert wrong_by_step(race, HandWritten) == {"first": 0, "change": 0}
    result = race.results[-1]
    assert result.peak_bytes > 10_000_000 and result.warehouse_bytes > 100_000
    assert all(seconds > 0 for seconds in result.seconds)


def assert_only_the_dates_drift(race: Race, wrong: dict[str, int]) -> None:
    """What can be right is right, so the comparison is fair; what looks back 3 days is not."""
    assert wrong["first"] == 0
    assert wrong["replay"] >= wrong["late_spread"] > 0
    by_table = {part.table: part.rows for part in race.results[-1].wrong}
    assert by_table.pop("events") == 0
    assert all(by_table.values()), by_table


def test_drift_of_microbatch_is_reported(race):
    assert_only_the_dates_drift(race, wrong_by_step(race, PlainDbt))


class SqlMeshThere(SqlMesh):
    """SQLMesh as `make bench` installed it on this machine."""

    environment = bench.SCRATCH / "sqlmesh-venv"


def test_drift_of_sqlmesh_is_reported(race):
    try:
        contenders.sqlmesh_program(SqlMeshThere.environment, install=False)
    except contenders.NotInstalledError as error:
        pytest.skip(str(error))
    assert_only_the_dates_drift(race, wrong_by_step(race, SqlMeshThere))


@pytest.fixture
def copies(tmp_path) -> tuple[truth.Truth, Path]:
    """Right tables as of a day, and a warehouse with the same."""
    right, here = tmp_path / "truth.duckdb", tmp_path / "warehouse.duckdb"
    rows = "values (date '2026-01-01', 'view', 3, 2), (date '2026-01-02', 'view', 5, 4)"
    named = f"({rows}) as t (event_date, event_name, event_count, user_count)"
    for path, schema in ((right, f'"{DAY}"'), (here, "gold")):
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create schema {schema}")
            connection.execute(f"create table {schema}.daily_event_counts as from {named}")
    return truth.Truth(right), here


@pytest.mark.parametrize(
    ("damage", "rows"),
    [
        ("select 1", 0),
        ("update {} set event_count = 4 where event_date = '2026-01-01'", 1),
        ("delete from {} where event_date = '2026-01-02'", 1),
        ("insert into {} values ('2026-01-03', 'view', 1, 1)", 1),
        ("insert into {0} from {0} limit 1", 1),
        ("update {} set user_count = null", 2),
        ("truncate {}", 2),
    ],
)
def test_damage_is_found(copies, damage, rows):
    right, here = copies
    with duckdb.connect(str(here)) as connection:
        connection.execute(damage.format("gold.daily_event_counts"))
    (wrong,) = right.wrong_rows(here, {"daily_event_counts": "gold"}, DAY)
    assert (wrong.table, wrong.rows, wrong.of) == ("daily_event_counts", rows, 2)


def test_a_wrong_row_of_ours_fails_the_benchmark(race):
    result = Result(EVENTS, Ours.name, "day", "one day's load", seconds=[1.0])
    result.wrong = [truth.Wrong("daily_sessions", 2, 366)]
    assert bench.failed([result]) == [
        "5,000 events, after one day's load: 2 of 366 rows of daily_sessions are wrong"
    ]
    other = Result(EVENTS, PlainDbt.name, "day", "one day's load", wrong=result.wrong)
    assert bench.failed([other]) == []


def test_a_failed_command_says_what_and_why(tmp_path):
    with pytest.raises(measure.CommandError, match="ended with 3 and said:\nno luck"):
        measure.measured(
            [sys.executable, "-c", "import sys; print('no luck'); sys.exit(3)"], tmp_path
        )


def test_memory_is_that_of_all_processes(tmp_path):
    eater = "import time; x = bytearray(200_000_000); time.sleep(0.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {eater!r}])"
    assert measure.measured([sys.executable, "-c", parent], tmp_path).peak_bytes > 200_000_000


def test_late_events_are_as_late_as_said(race, tmp_path):
    steps = {step.key: step for step in data.steps(race.lines, tmp_path, 1)}
    ((_, path),) = steps["late_one"].files
    (line,) = data.read_lines(path)
    assert '"late-0-' in line
    day = steps["late_spread"].day
    before = [data.read_lines(path) for _, path in data.landed(race.lines, day)]
    after = [data.read_lines(path) for _, path in steps["late_spread"].files]
    changed = sum(
        old != new
        for lines, others in zip(before, after, strict=True)
        for old, new in zip(lines, others, strict=True)
    )
    # one of each small file that holds any
    late = sum('"late-' in line for lines in after for line in lines)
    assert changed == late == sum(map(bool, after)) > 0


def test_an_event_is_shifted_by_days():
    web = '{"messageId":"a","timestamp":"2026-01-05T10:00:00.000Z"}'
    app = '{"event_id":"b","event_timestamp":1767607200000}'
    shifted = [json.loads(data.shifted(line, 3, 7)) for line in (web, app)]
    assert shifted[0] == {"messageId": "late-7-a", "timestamp": "2026-01-02T10:00:00+00:00"}
    assert shifted[1] == {"event_id": "late-7-b", "event_timestamp": 1767607200000 - 3 * 86_400_000}
    assert [data.shifted(line, 3, 7) for line in ("[1]", "{", '{"id":1}')] == [None] * 3


def test_two_benchmarks_do_not_share_a_folder(race):
    with pytest.raises(BusyError, match="Another benchmark is at work in"):
        Race(race.events, race.runs, race.scratch)


def test_the_same_size_gives_the_same_files(race, tmp_path):
    once, again = (
        [
            (name, data.read_lines(path))
            for step in data.steps(race.lines, tmp_path / attempt, 1)[1:]
            for name, path in step.files
        ]
        for attempt in ("once", "again")
    )
    assert once == again


def test_the_report_is_written(race, tmp_path):
    results = [
        Result(EVENTS, Ours.name, "first", "first build", [2.0], [1.0], 10, 20, []),
        Result(
            *(EVENTS, PlainDbt.name, "day", "one day's load", [3.0, 1.0, 2.0], [], 10, 20),
            [truth.Wrong("daily_sessions", 7, 366)],
        ),
        Result(EVENTS, SqlMesh.name, "error", "stopped", error="not installed"),
    ]
    found = machine.facts() | {
        **{"sizes": [EVENTS], "runs": 3, "memory_limit": None, "contenders": {Ours.name: "us"}},
        "command": "make bench RUNS=3",
        "query_milliseconds": {str(EVENTS): {"events of a week": 1.5}},
    }
    report.write(tmp_path / "out", found, results, tmp_path / "docs" / "benchmark.md")
    written = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [r["median_seconds"] for r in written["results"]] == [2.0, 2.0, None]
    assert [r["wrong_rows"] for r in written["results"]] == [0, 7, None]
    assert written["versions"]["duckdb"] == duckdb.__version__
    page = (tmp_path / "docs" / "benchmark.md").read_text()
    assert "| a day's load |  | 2.0 s, 7 wrong |" in page
    assert "make bench RUNS=3" in page
    assert "SQLMesh has no result: not installed" in page and "(benchmark.svg)" in page
    assert (tmp_path / "docs" / "benchmark.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sizes", "many"], "are no sizes"),
        (["--sizes", "0"], "are no sizes"),
        (["--contenders", "ours theirs"], "theirs can't be measured"),
        (["--runs", "99"], "less than or equal to 13"),
    ],
)
def test_wrong_arguments_are_explained(arguments, said):
    app = bench.typer.Typer()
    app.command()(bench.main)
    outcome = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert outcome.exit_code == 2
    assert said in outcome.output


def test_the_command_says_what_it_does():
    command = [sys.executable, "-m", "durable_events", "bench", "peers", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--memory-limit" in shown.stdout
