"""Two versions compared: exact for any loads, every fault named, on a page that opens anywhere."""

import duckdb
import pytest
from oracle import Trial


@pytest.fixture
def trial(warehouse):
    """An empty warehouse, and an oracle to judge it."""
    return Trial(warehouse)


def checkout(key: str | None, time: str, version: int = 1, **changes) -> dict:
    """A checkout as version 1 or 2 of the event tells it; what is None is left out."""
    properties = {"checkout_id": key, "amount": "10.00", "currency": "EUR", "item_count": 1}
    properties |= {"order_id": f"o{key}"} if version == 2 else {}
    user = changes.pop("user_id", "u")
    properties = {k: value for k, value in (properties | changes).items() if value is not None}
    return {
        "event_id": f"{version} {key} {time} {sorted(changes.items())}",
        "event_name": "checkout_completed",
        "event_time": time,
        "user_id": user,
        "schema_version": version,
        "properties": properties,
    }


def both(key: str | None, time: str, **changes) -> list[dict]:
    """A checkout that both versions tell alike."""
    return [checkout(key, time, version, **changes) for version in (1, 2)]


NEWEST = {"event_id": "end", "event_name": "page_viewed", "event_time": "2026-03-10T12:00:00Z"}


def test_every_outcome_is_counted_on_its_day(trial):
    day = "2026-03-01T10:00:00Z"
    trial.land(
        "a.ndjson",
        [
            *both("same", day),
            *both("nulls alike", day, amount=None, currency=None),
            checkout("null on one side", day),
            checkout("null on one side", day, 2, amount=None),
            checkout("amount", day),
            checkout("amount", day, 2, amount="10.01"),
            checkout("all", day),
            checkout("all", day, 2, amount="9.00", currency="USD", item_count=2, user_id="w"),
            checkout("gone", day),
            checkout("new", day, 2),
            checkout("twice", day),
            checkout("twice", "2026-03-04T10:00:00Z"),
            checkout("twice", day, 2),
            checkout("twice in v2", day, 2),
            checkout("twice in v2", "2026-02-27T10:00:00Z", 2, amount="7.00"),
            checkout("midnight", "2026-03-01T23:59:58Z"),
            checkout("midnight", "2026-03-02T00:00:03Z", 2),
            *both(None, "2026-03-02T10:00:00Z"),  # NULL equals NULL
            NEWEST,
        ],
    )
    trial.run()
    trial.check(rebuild=True)
    outcomes = (
        "select day(event_date), old_row_count, new_row_count, key_count, identical_count, "
        "modified_count, only_old_count, only_new_count, not_comparable_count, two_day_count "
        "from gold.checkout_completed_comparison order by event_date"
    )
    assert trial.warehouse.rows(outcomes) == [
        (27, 0, 1, 1, 0, 0, 0, 0, 1, 0),
        (1, 8, 8, 9, 3, 3, 1, 1, 1, 1),
        (2, 1, 2, 1, 1, 0, 0, 0, 0, 0),
        (4, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    ]


def test_a_late_row_makes_the_dates_stale_that_it_changes_and_no_others(trial):
    """A key of March 3 gets a later row in v2, then an earlier one in v1: March 1 takes it over."""
    days = [f"2026-03-0{day}T10:00:00Z" for day in range(1, 7)]
    trial.land("a.ndjson", [*(row for day in days for row in both(day, day)), NEWEST])
    trial.land("b.ndjson", [checkout("late", days[2])])
    trial.run()
    trial.check()
    for load, (row, touched) in enumerate(
        [
            (checkout("late", days[4], 2), [3, 5]),
            (checkout("late", days[0]), [1, 3]),
            (checkout("other", days[1], 2), [2]),
            ({"event_id": "x", "event_name": "page_viewed", "event_time": days[3]}, []),
        ],
        start=2,
    ):
        trial.warehouse.execute("update gold.checkout_completed_comparison set key_count = -1")
        trial.land(f"{load}.ndjson", [row])
        trial.run()
        computed = trial.warehouse.rows(
            "select day(event_date) from gold.checkout_completed_comparison "
            "where key_count <> -1 and load_id = ? order by event_date",
            load,
        )
        assert [day for (day,) in computed] == touched
        trial.run("--full-refresh", "--select", "checkout_completed_comparison+")
        trial.check()
    # a run without news computes none of them
    trial.warehouse.execute("update gold.checkout_completed_comparison set key_count = -1")
    trial.run()
    assert trial.warehouse.rows(
        "select count(*) from gold.checkout_completed_comparison where key_count <> -1"
    ) == [(0,)]
    trial.run("--full-refresh", "--select", "checkout_completed_comparison+")
    trial.check(rebuild=True)


def fault(share: float) -> list[dict]:
    """Ten days of 50 checkouts each in both versions; on one day version 2 loses a share."""
    rows = [NEWEST]
    for day in range(1, 10):
        for number in range(50):
            rows += both(f"{day} {number}", f"2026-03-{day:02}T10:00:00Z")
    lost = {f"6 {number}" for number in range(int(50 * share))}
    return [
        row
        for row in rows
        if row.get("schema_version") != 2 or row["properties"]["checkout_id"] not in lost
    ]


def test_a_fault_is_named_with_its_day_and_size(trial):
    """Version 2 loses 20 % of one day; the rows then come late, and it is ready."""
    trial.land("a.ndjson", fault(0.2))
    trial.run()
    trial.check()
    assert trial.warehouse.rows(
        "select check_name, is_passed, event_date::varchar, percent, failing_day_count "
        "from gold.checkout_completed_verdict where not is_passed"
    ) == [
        ("verdict", False, None, None, None),
        ("missing_in_new", False, "2026-03-06", 20.0, 1),
        ("amount_difference", False, "2026-03-06", -20.0, 1),
        ("item_count_difference", False, "2026-03-06", -20.0, 1),
    ]
    assert trial.warehouse.rows(
        "select reason, first_date::varchar, last_date::varchar, days_left_count "
        "from gold.checkout_completed_verdict where check_number = 0"
    ) == [
        (
            "not ready: 2026-03-06 lacks 20.00 % of its keys in v2 (allowed 1 %); "
            "2026-03-06: amount adds up to 20.00 % less in v2 (allowed 1 %); "
            "2026-03-06: item_count adds up to 20.00 % less in v2 (allowed 1 %)",
            "2026-03-01",
            "2026-03-09",
            662,
        )
    ]
    trial.land("b.ndjson", [row for row in fault(0) if row not in fault(0.2)])
    trial.run()
    trial.check(rebuild=True)
    assert trial.warehouse.rows(
        "select reason from gold.checkout_completed_verdict where check_number = 0"
    ) == [("ready: v2 agrees with v1",)]


def test_rows_lost_behind_dbt_s_back_are_named_by_table_and_date(trial):
    trial.land("a.ndjson", fault(0))
    trial.run()
    trial.warehouse.execute(
        "delete from silver.checkout_completed_v2 where checkout_id like '6 1%'"
    )
    outcomes = trial.warehouse.dbt(
        "test", "--select", "test_name:equals_rebuild", must_succeed=False
    ).result.results
    failed = {x.node.attached_node.split(".")[2]: x.failures for x in outcomes if x.failures}
    assert failed == {"checkout_completed": 1, "checkout_completed_comparison": 1}
    trial.run("--event-time-start", "2026-03-06", "--event-time-end", "2026-03-07")
    trial.check()


def inline(trial, relations: str, call: str) -> list[tuple]:
    """What compare_versions gives for two relations `old_rows` and `new_rows`."""
    trial.warehouse.execute(relations)
    made = "api.Relation.create(database='warehouse', schema='main', identifier='{}')"
    query = (
        f"{{% set old = {made.format('old_rows')} %}}{{% set new = {made.format('new_rows')} %}}"
        f"{{{{ compare_versions(old, new, {call}) }}}}"
    )
    (compiled,) = trial.warehouse.dbt("compile", "--inline", query).result.results
    with duckdb.connect(str(trial.warehouse.database), read_only=True) as connection:
        cursor = connection.execute(compiled.node.compiled_code)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


RELATIONS = """
create or replace table old_rows as
from (values
    (timestamp '2026-01-01 23:00', 'a', 1, 10, 1.5, 'x', date '2026-01-01', 1, 1),
    (timestamp '2026-01-02 10:00', 'a', 2, 20, null, null, null, 1, 1),
    (timestamp '2026-01-02 10:00', null, 1, 30, 3.0, 'z', null, 1, 1),
    (timestamp '2026-01-02 11:00', null, null, 40, 4.0, 'z', null, 1, 1),
    (timestamp '2026-01-03 00:00', 'last', 1, 99, 4.0, 'z', null, 1, 1)
) as t (sent_at, k, "Part 2", whole, part, word, "a day", only_here, "it's ""odd"" 1");
create or replace table new_rows as
from (values
    (timestamp '2026-01-01 23:00', 'a', 1, 10.0, 1.5, 'x', '2026-01-01', 7),
    (timestamp '2026-01-02 10:00', 'a', 2, 20.0, null, null, null, 7),
    (timestamp '2026-01-02 10:00', null, 1, 30.5, 3.0, 'Z', null, 7),
    (timestamp '2026-01-02 11:00', null, null, 40.0, 4.0, 'z', null, 7),
    (timestamp '2026-01-02 11:00', null, null, 40.0, 4.0, 'z', null, 7)
) as t (sent_at, k, "Part 2", whole, part, word, "a day", only_there)
"""


def test_any_two_relations_can_be_compared(trial):
    """A key of two columns with NULLs and odd names, types that differ, columns of one side."""
    common = "['k', 'Part 2'], ['whole', 'only_here'], date_column='sent_at'"
    first, second = inline(trial, RELATIONS, f"{common}, days=2")
    assert first["event_date"].isoformat() == "2026-01-01"
    outcomes = ("identical", "modified", "only_old", "only_new", "not_comparable")
    assert [first[f"{name}_count"] for name in outcomes] == [1, 0, 0, 0, 0]
    assert [second[f"{name}_count"] for name in outcomes] == [1, 1, 0, 0, 1]
    assert (second["old_row_count"], second["new_row_count"]) == (3, 4)
    assert second["row_count_difference_percent"] == 33.33
    assert (second["old_whole_sum"], float(second["new_whole_sum"])) == (90, 130.5)
    assert second["whole_difference_percent"] == 45.0
    assert second["old_only_here_sum"] == 3
    assert second["new_only_here_sum"] is second["only_here_difference_percent"] is None
    assert second["word_example"] == "null, 1: z -> Z"
    assert second["whole_example"] == "null, 1: 30 -> 30.5"
    columns = inline(trial, RELATIONS, f"{common}, part='columns', ignore=['part']")
    found = {row["column_name"]: (row["found_in"], row["differing_key_count"]) for row in columns}
    assert found == {
        "whole": ("both", 1),
        "word": ("both", 1),
        "a day": ("both", 0),
        "part": ("both", None),
        "sent_at": ("both", None),
        "k": ("both", None),
        "Part 2": ("both", None),
        "only_here": ("old", None),
        'it\'s "odd" 1': ("old", None),
        "only_there": ("new", None),
    }
    verdict, *checks = inline(trial, RELATIONS, f"{common}, part='verdict'")
    assert verdict["is_passed"] is False
    assert "2026-01-02 has 33.33 % of its keys more than once" in verdict["reason"]
    assert [row["check_name"] for row in checks if not row["is_passed"]] == [
        *("not_comparable", "modified", "whole_difference", "only_here_difference")
    ]
    # all days, the newest too
    rows = inline(trial, RELATIONS, f"{common}, days=none")
    assert [row["only_old_count"] for row in rows] == [0, 0, 1]


def test_nothing_to_compare_is_no_verdict(trial):
    trial.land("a.ndjson", [checkout("a", "2026-03-01T10:00:00Z"), NEWEST])
    trial.run()
    trial.check()
    assert trial.warehouse.rows(
        "select is_passed, reason from gold.checkout_completed_verdict where check_number = 0"
    ) == [(None, "can not tell: there is no complete day since both v1 and v2 have rows")]
    nothing = "create table old_rows (k int, event_date date, m int); "
    nothing += "create table new_rows as from old_rows"
    assert inline(trial, nothing, "'k', ['m']") == []
    verdict = inline(trial, "select 1", "'k', ['m'], part='verdict'")[0]
    assert verdict["is_passed"] is None
