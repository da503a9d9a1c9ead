"""Validation: what is damaged is named with its date, what no load touched is left alone."""

import json
import shutil
import subprocess
import sys
from datetime import date, datetime

import pytest
import typer
from test_compare_versions import opened
from warehouse import PROJECT, Warehouse

from durable_events.commands import validate as command
from durable_events.errors import CannotTell
from durable_events.project import Project, Table
from durable_events.validation.page import render
from durable_events.validation.results import read

HOSTILE = "<script src='http://outside.invalid/x'></script>[bold]\n"
MODELS = ("+daily_event_counts", "+daily_sessions", "+daily_users", "+daily_revenue")


def event(number: int, day: int, name: str = "page_viewed", **fields) -> dict:
    """An event of July 2026, by one of three users of each load, with all that an app sends."""
    time = f"2026-07-{day:02}T10:{number % 60:02}:00Z"
    return {
        "event_id": f"e{day}-{number}",
        "event_name": name,
        "event_time": time,
        "src_ts": time,
        "user_id": f"u{number % 3 + number // 30 * 3}",  # others in the second load
        "platform": "web",
        "country_code": "DE",
        "app_version": "5.1.0",
        "page_url": "https://shop.example/",
        **fields,
    }


def order(number: int, day: int) -> dict:
    """An order of 10 euros."""
    properties = {"order_id": f"o{day}-{number}", "amount": "10.00", "currency": "EUR"}
    return event(number, day, "order_placed", properties=properties)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Warehouse:
    """Three days, and a second load that touches the first and the third of them."""
    warehouse = Warehouse(tmp_path_factory.mktemp("built"))
    for number, days in enumerate(((1, 2, 3), (1, 3))):
        events = [event(n + 30 * number, day) for day in days for n in range(20)]
        orders = [order(n + 30 * number, day) for day in days for n in range(20, 23)]
        # in the first load alone there is a line without a date
        lines = [*events, *orders, *(["no event"] if number == 0 else [])]
        warehouse.land(f"{number}.ndjson", lines)
        warehouse.run("--select", *MODELS)
    return warehouse


@pytest.fixture
def warehouse(built, tmp_path) -> Warehouse:
    """A copy of it, to damage."""
    copy = Warehouse(tmp_path)
    shutil.copy(built.database, copy.database)
    return copy


def run(warehouse: Warehouse, **options) -> tuple[int, dict]:
    """The exit code of the command, and what fails: severities by table, column or text, and date.

    Of an expectation that has no column, the first words stand for it.
    """
    options = {"warehouse": warehouse.database, "docs": warehouse.folder / "docs"} | options
    options["project_dir"] = PROJECT
    with pytest.raises(typer.Exit) as ended:
        command.main(**options)
        raise typer.Exit(0)
    failing = warehouse.rows(
        "select table_name, expectation, coalesce(column_name, description), event_date, severity "
        "from quality.validation_results where not success"
    )
    return ended.value.exit_code, {row[:4]: row[4] for row in failing}


BETWEEN, REGEX = "expect_column_values_to_be_between", "expect_column_values_to_match_regex"
PAIR, ROWS = "expect_column_pair_values_a_to_be_greater_than_b", "unexpected_rows_expectation"
FIRST, SECOND, THIRD = (date(2026, 7, day) for day in (1, 2, 3))


def test_what_is_sound_passes_and_the_results_disturb_nothing(warehouse, capsys):
    tables = warehouse.tables()
    assert run(warehouse) == (0, {})
    told = capsys.readouterr()
    assert "silver.events" in told.out
    assert told.err == ""  # GX has progress bars, and warnings
    results = warehouse.rows(
        "select table_name, count(*), max(row_count) from quality.validation_results "
        "where load_id = 2 and success and event_date is null group by all"
    )
    counts = {table: row_count for table, _, row_count in results}
    # of July 1 and 3 the lines of both loads; of the line without a date nothing, it is of load 1
    assert counts["bronze.raw_events"] == counts["silver.events"] == 2 * 2 * 23
    assert counts["gold.daily_users"] == 2
    assert {*counts} == {str(table) for table in expected_tables()}
    assert "All as expected" in (warehouse.folder / "docs" / "index.html").read_text()

    # of another load nothing is replaced, of the same load all is
    count = sum(count for _, count, _ in results)
    warehouse.execute("update quality.validation_results set load_id = 1")
    for _ in range(2):
        assert run(warehouse, tables=["gold.daily_users"]) == (0, {})
    assert warehouse.rows(
        "select load_id, count(*) from quality.validation_results group by all order by all"
    ) == [(1, count), (2, 4)]
    warehouse.run("--full-refresh", "--select", "daily_users")
    assert warehouse.tables() == tables
    assert read(warehouse.database).load_id == 2


def expected_tables() -> list[Table]:
    """Those of which something is expected."""
    return [table for table in Project(PROJECT).tables.values() if table.meta.get("expectations")]


@pytest.mark.shop
def test_damage_is_named_with_its_date_and_severity(warehouse, tmp_path, capsys):
    hostile = HOSTILE.replace("'", "''")
    for statement in (
        # one that is accepted, so that the view events shows it
        "update silver.judged_events set event_id = null where event_id = 'e1-7'",
        f"update silver.judged_events set event_name = '{hostile}' where event_id = 'e3-7'",
        "update silver.judged_events set country_code = 'Germany' where event_id = 'e3-8'",
        "update silver.judged_events set user_id = 'undefined' where event_id = 'e3-9'",
        "update silver.judged_events set event_time = event_time + interval 1 day, "
        "src_ts = src_ts + interval 1 day where event_id = 'e1-8'",
        "update silver.judged_events set verdict = 'maybe', reason = 'because' "
        "where event_id = 'e3-11'",
        "update silver.sessions set duration_seconds = -1 where session_date = '2026-07-03' "
        "and user_key = 'u1'",
        "insert into silver.sessions from silver.sessions where session_date = '2026-07-01'",
        "update silver.money_entries set amount = 1e9 where event_id = 'o' or event_date = "
        "'2026-07-03'",
        "update bronze.raw_events set line_number = -line_number where event_date = '2026-07-01' "
        "and load_id = 2",
        "update gold.daily_users set new_user_count = 7 where event_date = '2026-07-01'",
        "update gold.daily_event_counts set user_count = 1000 where event_date = '2026-07-03' "
        "and event_name = 'page_viewed'",
        "insert into gold.daily_revenue from gold.daily_revenue where event_date = '2026-07-01'",
    ):
        warehouse.execute(statement)
    code, failing = run(warehouse)
    assert code == 1
    unique, in_set = "expect_column_values_to_be_unique", "expect_column_values_to_be_in_set"
    judged, same_day = "silver.judged_events", "The date is that of the time."
    assert failing == {
        ("bronze.raw_events", BETWEEN, "line_number", FIRST): "critical",
        (judged, in_set, "verdict", THIRD): "critical",
        (judged, in_set, "reason", THIRD): "critical",
        (judged, ROWS, "A line has a reason if it is rejected, and only then.", THIRD): "critical",
        (judged, ROWS, "What is accepted has an id, a name, a time and a load.", FIRST): "critical",
        (judged, ROWS, same_day, FIRST): "critical",
        ("silver.events", "expect_column_values_to_not_be_null", "event_id", FIRST): "critical",
        ("silver.events", REGEX, "event_name", THIRD): "warning",
        ("silver.events", ROWS, same_day, FIRST): "critical",
        ("silver.events", REGEX, "country_code", THIRD): "warning",
        (
            *("silver.events", "expect_column_values_to_not_be_in_set", "user_id"),
            THIRD,
        ): "warning",
        ("silver.sessions", unique, "session_id", FIRST): "critical",
        ("silver.sessions", BETWEEN, "duration_seconds", THIRD): "critical",
        ("silver.money_entries", BETWEEN, "amount", THIRD): "warning",
        ("gold.daily_event_counts", PAIR, "event_count, user_count", THIRD): "critical",
        ("gold.daily_users", ROWS, "Users are new or returning.", FIRST): "critical",
        ("gold.daily_revenue", ROWS, "A date has one row for each currency.", FIRST): "critical",
    }
    assert warehouse.rows(
        "select observed, row_count, unexpected_count, unexpected_values "
        "from quality.validation_results where not success and column_name = any(?) order by all",
        ["country_code", "duration_seconds"],
    ) == [("1 of 45", 45, 1, ["Germany"]), ("1 of 6", 6, 1, ["-1.000000"])]

    # printed as data, and on a page that asks nobody for anything
    told = capsys.readouterr().out
    assert "2026-07-03: 1 of 45: " + ascii(HOSTILE)[:20] in told
    assert "[bold]\\n" in told
    page = warehouse.folder / "docs" / "index.html"
    text = page.read_text()
    assert "&lt;script src=&#39;http://outside.invalid/x&#39;&gt;" in text
    assert "<script" not in text
    assert "//" not in text.replace("http://outside.invalid/x", "")
    _, wrong = opened(page, tmp_path, "--dump-dom")
    assert not wrong


def test_only_dates_that_the_load_touched_are_looked_at(warehouse, capsys):
    warehouse.execute(
        "update silver.sessions set duration_seconds = -1 where session_date = '2026-07-02'"
    )
    found = {("silver.sessions", BETWEEN, "duration_seconds", SECOND): "critical"}
    only = {"tables": ["silver.sessions"]}
    assert run(warehouse, **only) == (0, {})
    assert run(warehouse, everything=True, **only) == (1, found)
    assert run(warehouse, **only) == (0, {})
    assert run(warehouse, since_load=1, **only) == (1, found)
    capsys.readouterr()
    run(warehouse, as_json=True, **only)
    told = json.loads(capsys.readouterr().out)
    assert told["load_id"] == 2
    assert {result["table_name"] for result in told["results"]} == {"silver.sessions"}


def test_severity_decides_how_the_command_ends(warehouse):
    warehouse.execute(
        "update silver.judged_events set user_id = 'null' where event_id = 'e3-9'; "
        "update silver.judged_events set platform = 'Web' where event_id = 'e1-9'"
    )
    user = ("silver.events", "expect_column_values_to_not_be_in_set", "user_id", THIRD)
    platform = ("silver.events", REGEX, "platform", FIRST)
    found = {user: "warning", platform: "info"}
    only = {"tables": ["silver.events"]}
    assert run(warehouse, **only) == (0, found)
    assert run(warehouse, fail_on=command.Severity.warning, **only) == (1, found)
    warehouse.execute("update silver.judged_events set user_id = 'u' where event_id = 'e3-9'")
    assert run(warehouse, fail_on=command.Severity.warning, **only) == (0, {platform: "info"})
    assert run(warehouse, fail_on=command.Severity.info, **only) == (1, {platform: "info"})


def test_the_command_says_why_it_can_not_tell(warehouse, tmp_path, capsys):
    def refused(**options) -> str:
        options = {"warehouse": warehouse.database, "docs": tmp_path / "docs"} | options
        with pytest.raises(CannotTell) as ended:
            command.main(**options, project_dir=PROJECT)
        return str(ended.value)

    assert "build it first, `dbt build`" in refused(warehouse=tmp_path / "nowhere.duckdb")
    (tmp_path / "other.duckdb").write_text("no database")
    assert "Can't read" in refused(warehouse=tmp_path / "other.duckdb")
    assert "The project has no table silver.nothing" in refused(tables=["silver.nothing"])
    assert "Nothing is expected of gold.calendar: say what" in refused(tables=["calendar"])
    with pytest.raises(LookupError, match=r"run `durable-events validate`"):
        render(warehouse.database, tmp_path)

    # somebody who reads it lets us look, not write; somebody who writes lets us do neither
    for mode, said in ((True, "The results were not kept. "), (False, "")):
        holder = subprocess.Popen(
            [
                *(sys.executable, "-c"),
                "import duckdb, sys; "
                f"c = duckdb.connect(sys.argv[1], read_only={mode}); print(1, flush=True); input()",
                str(warehouse.database),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        holder.stdout.readline()
        told = refused(tables=["gold.daily_users"])
        assert f"{said}{warehouse.database} is in use" in told
        assert "Try again when it is done" in told
        holder.communicate(b"\n")

    warehouse.execute("drop table gold.daily_users")
    assert "gold.daily_users. Run: dbt build --select +daily_users" in refused(
        tables=["daily_users"]
    )


def test_the_command_says_how_it_ends():
    """As it is started from a shell: the other tests call it in this process."""
    done = subprocess.run(
        [sys.executable, "-m", "durable_events", "validate", "--warehouse", "nowhere.duckdb"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == "There is no warehouse nowhere.duckdb: build it first, `dbt build`.\n"


def test_a_suite_of_one_s_own(tmp_path):
    """Each kind of expectation runs in DuckDB, and fails by date; in a folder of an odd name.

    It holds for the pinned versions: DuckDB is no data source that Great Expectations has.
    """
    import great_expectations.expectations as gxe  # noqa: PLC0415
    from great_expectations.expectations.row_conditions import Column  # noqa: PLC0415

    from durable_events.validation.check import validate  # noqa: PLC0415
    from durable_events.validation.expectations import Suite, groups, rows  # noqa: PLC0415

    warehouse = Warehouse(tmp_path / "a $b c%20d")
    warehouse.execute(
        "create schema silver; create table silver.judged_events as select 5 as changed_load_id; "
        "create table own (day date, load_id bigint, name varchar, happened timestamp, n integer); "
        "insert into own select date '2026-07-01', 5, 'a' || i, '2026-07-01 10:00', i "
        "from range(10) r (i); "
        "insert into own values "
        "('2026-07-02', 4, null, '2026-07-02', 100), ('2026-07-02', 5, '50%:x''', null, -1), "
        "('2026-07-03', 4, 'not touched', '1970-01-01', -5), "
        "(null, 5, 'a1', '2026-07-01', -2), (null, 4, 'not touched', '1970-01-01', -5)"
    )
    column = {"column": "n"}
    expectations = {
        "null share": gxe.ExpectColumnValuesToNotBeNull(column="name", mostly=0.8),
        "share just held": gxe.ExpectColumnValuesToNotBeNull(column="name", mostly=0.5),
        "share of values": gxe.ExpectColumnValuesToBeBetween(**column, max_value=50, mostly=0.8),
        "between times": gxe.ExpectColumnValuesToBeBetween(
            column="happened",
            min_value=datetime.fromisoformat("2026-07-01T09:00"),
            max_value=datetime.fromisoformat("2026-07-01T11:00"),
        ),
        "unique": gxe.ExpectColumnValuesToBeUnique(column="name"),
        "regex": gxe.ExpectColumnValuesToMatchRegex(column="name", regex=r"[a-z]+\d|[^%:'\\]+"),
        "not like": gxe.ExpectColumnValuesToNotMatchLikePattern(
            column="name", like_pattern="50%:x'"
        ),
        "lengths": gxe.ExpectColumnValueLengthsToEqual(column="name", value=2),
        "set": gxe.ExpectColumnValuesToNotBeInSet(column="name", value_set=["a1", "50%:x'"]),
        "pair": gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="n", column_B="load_id"),
        "sum": gxe.ExpectMulticolumnSumToEqual(column_list=["n", "load_id"], sum_total=5),
        "rows": rows("day, n", "n < 0", "critical", "rows"),
        "groups": groups("day", "min(n) < 0", "critical", "groups"),
        # these are told without a date: of an aggregate, and where the dates would not add up
        "mean": gxe.ExpectColumnMeanToBeBetween(**column, max_value=1),
        "compound": gxe.ExpectCompoundColumnsToBeUnique(column_list=["load_id", "happened"]),
        "condition": gxe.ExpectColumnValuesToBeBetween(
            **column, max_value=5, row_condition=Column("name") == "a7"
        ),
        "sound": gxe.ExpectColumnValuesToBeBetween(**column, min_value=-2, max_value=100),
        "exists": gxe.ExpectColumnToExist(**column),
        "no column": gxe.ExpectColumnValuesToBeNull(column="nothing"),
        "no query": rows("day", "nothing > 0", "critical", "no query"),
    }
    for name, expectation in expectations.items():
        expectation.description = name
    suite = Suite(Table("main", "own"), tuple(expectations.values()), date_column="day")
    validation = validate(warehouse.database, Table("silver", "judged_events"), [suite])
    first, second, undated = FIRST, SECOND, None
    failing = {
        results[0].description: [(r.event_date, r.unexpected_count) for r in results]
        for results in validation.failing()
    }
    assert failing == {
        "null share": [(second, 1)],
        "share of values": [(second, 1)],
        "between times": [(undated, 1), (second, 1)],
        "unique": [(undated, 1), (first, 1)],
        "regex": [(second, 1)],
        "not like": [(second, 1)],
        "lengths": [(second, 1)],
        "set": [(undated, 1), (second, 1), (first, 1)],
        "pair": [(undated, 1), (second, 1), (first, 6)],
        "sum": [(undated, 1), (second, 2), (first, 9)],
        "rows": [(undated, 1), (second, 1)],
        "groups": [(undated, 1), (second, 1)],
        "mean": [(undated, None)],
        "compound": [(undated, 10)],
        "condition": [(undated, 1)],
    }
    assert {r.description for r in validation.unchecked()} == {"no column", "no query"}
    told = {result.description: result for result in validation.results}
    assert list(told) == list(expectations)
    assert (told["sound"].observed, told["sound"].row_count) == ("0 of 13", 13)
    assert told["exists"].success
    assert told["not like"].unexpected_values == ("50%:x'",)
    assert "nothing" in told["no query"].observed
