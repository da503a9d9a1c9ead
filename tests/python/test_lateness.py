"""What happens to a late event, by policy: exact in every case, also after a reconciliation."""

from datetime import datetime, timedelta

import pytest
from oracle import Trial
from warehouse import PROJECT, DbtError, Warehouse, call_command

pytestmark = pytest.mark.core
# what a verdict decides, to the first table of gold
COUNTS = ("+daily_event_counts", "late_events", "rejected_events", "duplicate_events")
counts = pytest.mark.only(*COUNTS)
DAY = timedelta(days=1)
ON_TIME = {"event_id": "now", "event": "x", "time": "2025-06-30T12:00:00Z", "user_id": "u"}


def late(days: int) -> dict:
    """An event that happened so many days before `ON_TIME`."""
    time = datetime.fromisoformat(ON_TIME["time"]) - days * DAY
    return ON_TIME | {"event_id": f"late {days}", "time": time.isoformat()}


# policy (allowed lateness), days late: what becomes of it, which dates of gold it changes
POLICIES = {
    (None, 1): "accepted",
    (None, 29): "accepted",
    (0, 0): "accepted",
    (0, 1): "late",
    (0, 29): "late",
    (2, 1): "accepted",
    (2, 2): "accepted",
    (2, 3): "late",
    (2, 29): "late",
}


@counts
@pytest.mark.parametrize("allowed", [None, 0, 2])
def test_policy(warehouse, allowed):
    """The watermark is that of the loads before, so no event of a load decides on another."""
    verdicts = {days: verdict for (policy, days), verdict in POLICIES.items() if policy == allowed}
    trial = Trial(warehouse, allowed_lateness=None if allowed is None else allowed * DAY)
    trial.land("a.ndjson", [ON_TIME])
    trial.run()
    trial.land("b.ndjson", [late(days) for days in verdicts])
    trial.run()
    trial.check()
    found = warehouse.rows("select event_id, verdict from silver.judged_events where load_id = 2")
    assert dict(found) == {f"late {days}": verdict for days, verdict in verdicts.items()}
    found = warehouse.rows(
        "select lateness_seconds / 86400, watermark::date::text from silver.late_events order by 1"
    )
    waiting = [days for days, verdict in verdicts.items() if verdict == "late"]
    assert found == [(days, "2025-06-30") for days in waiting]


def test_the_page_on_lateness_tells_the_policies_as_they_are():
    told = {"reopens its date": "accepted", "waits in `late_events`": "late"}
    allowed = {"not set (the default)": None, "`2 days`": 2, "`0`": 0}
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (PROJECT / "docs/lateness.md").read_text().splitlines()
        if line.startswith("|") and ("reopens" in line or "waits in" in line)
    ]
    found = {
        (allowed[policy], days): told[outcome]
        for policy, *outcomes in rows
        for days, outcome in zip((1, 29), outcomes, strict=True)
    }
    assert len(found) == 6
    assert found == {key: POLICIES[key] for key in found}


def test_reconciling_reopens_exactly_the_dates_concerned(warehouse):
    trial = Trial(warehouse, allowed_lateness=timedelta())
    trial.land("a.ndjson", [ON_TIME, late(20), late(9)])
    trial.run()
    trial.land("b.ndjson", [late(10), late(3), late(10)])
    trial.run()
    trial.check()
    before = warehouse.rows("from gold.daily_event_counts")
    trial.run(reconcile=True)
    trial.check(rebuild=True)
    after = warehouse.rows("from gold.daily_event_counts")
    changed = {row[0].isoformat() for row in set(after) - set(before)}
    assert changed == {"2025-06-20", "2025-06-27"}
    assert {row[-1] for row in set(after) - set(before)} == {3}
    assert warehouse.rows("from silver.late_events") == []
    trial.run(reconcile=True)
    assert warehouse.rows("from gold.daily_event_counts") == after
    # what comes after a reconciliation is judged as before, and an id that waited stays taken
    trial.land("c.ndjson", [late(11), late(10), ON_TIME | {"event_id": "next"}])
    trial.run()
    trial.check(rebuild=True)
    verdicts = "select event_id, verdict from silver.judged_events where load_id = 5 order by 1"
    assert warehouse.rows(verdicts) == [
        ("late 10", "duplicate"),
        ("late 11", "late"),
        ("next", "accepted"),
    ]


@counts
def test_a_landing_and_a_reconciliation_in_one_run(warehouse):
    trial = Trial(warehouse, allowed_lateness=timedelta())
    trial.land("a.ndjson", [ON_TIME])
    trial.run()
    trial.land("b.ndjson", [late(4)])
    trial.run(reconcile=True)
    assert warehouse.rows("select load_id, load_kind from bronze.loads order by 1") == [
        (1, "landing"),
        (2, "landing"),
        (3, "reconciliation"),
    ]
    assert warehouse.rows("select load_id from silver.events order by 1") == [(1,), (3,)]
    trial.check(rebuild=True)


@counts
def test_the_policy_of_a_load_is_the_one_it_came_under(warehouse):
    trial = Trial(warehouse)
    for name, allowed in (
        ("a", None),
        ("b", None),
        ("c", timedelta()),
        ("d", 2 * DAY),
        ("e", None),
    ):
        trial.allowed_lateness = allowed
        trial.land(f"{name}.ndjson", [late(ord(name) - 96), late(ord(name) - 90)])
        trial.run()
        trial.check()
    trial.check(rebuild=True)


@counts
def test_a_clock_that_runs_ahead_makes_nobody_late(warehouse):
    trial = Trial(warehouse, allowed_lateness=timedelta())
    trial.land("a.ndjson", [ON_TIME, ON_TIME | {"event_id": "f", "time": "2099-01-01T00:00:00Z"}])
    trial.run()
    received_at = warehouse.rows("select max(received_at) from bronze.raw_events")[0][0]
    ahead = (received_at + timedelta(hours=20)).isoformat()
    trial.land("b.ndjson", [ON_TIME | {"event_id": "ahead", "time": ahead}])
    trial.run()
    trial.land("c.ndjson", [ON_TIME | {"event_id": "third", "time": received_at.isoformat()}])
    trial.run()
    trial.check(rebuild=True)
    watermark = "select max(watermark) from silver.judged_events where load_id = 3"
    second = warehouse.rows("select max(received_at) from bronze.raw_events where load_id = 2")
    assert warehouse.rows(watermark) == second


def test_how_a_load_is_cut_into_files_decides_no_verdict(tmp_path_factory):
    verdicts = []
    for pieces in (1, 3):
        trial = Trial(Warehouse(tmp_path_factory.mktemp("w"), only=COUNTS), allowed_lateness=DAY)
        trial.land("0.ndjson", [late(5)])
        trial.run()
        lines = [late(n) for n in (9, 0, 8, 6, 7, 1)]
        for piece in range(pieces):
            trial.land(f"{piece + 1}.ndjson", lines[piece::pieces])
        trial.run()
        trial.check()
        verdicts.append(
            trial.warehouse.rows("select event_id, verdict from silver.judged_events order by all")
        )
    assert verdicts[0] == verdicts[1]
    assert ("late 7", "late") in verdicts[0]


@pytest.mark.only("+judged_events")
@pytest.mark.parametrize("wrong", ["soon", "2", "-1 days", "2 fortnights", "1 2 days"])
def test_a_duration_that_is_none_is_refused(warehouse, wrong):
    warehouse.land("a.ndjson", [ON_TIME])
    with pytest.raises(DbtError, match="which is no duration"):
        warehouse.run("--vars", f"allowed_lateness: {wrong}")


@counts
def test_the_command_lets_in_what_waits_and_says_so(warehouse):
    trial = Trial(warehouse, allowed_lateness=timedelta())
    trial.land("a.ndjson", [ON_TIME])
    trial.run()
    trial.land("b.ndjson", [late(3), late(29)])
    trial.run()
    told = reconcile(warehouse)
    trial.note_seeds()  # it builds
    trial.note_load()
    trial.check()
    assert "2 late events of 2025-06-01 to 2025-06-27 were let in." in told
    assert warehouse.rows("select count(*) from silver.late_events") == [(0,)]
    assert reconcile(warehouse) == "No event waits in silver.late_events.\n"


def reconcile(warehouse: Warehouse) -> str:
    """What `durable-events reconcile` prints."""
    places = {
        "DURABLE_EVENTS_DB": warehouse.database,
        "DURABLE_EVENTS_LANDING": warehouse.landing,
    }
    settings = {name: str(place) for name, place in places.items()}
    done = call_command("reconcile", scope=warehouse.scoped(()), **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
