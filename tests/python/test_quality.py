"""The quality triggers find what goes wrong in the demo's stream, and nothing where all is well."""

import subprocess
import sys
from datetime import date

import pytest
from warehouse import PROJECT, Warehouse

from durable_events.demo.faults import Fault

pytestmark = pytest.mark.shop

STRUCK, NEWEST = date(2026, 6, 23), date(2026, 6, 29)  # of 60 days until June 30
TESTS = {
    "volume_is_as_usual": "volume",
    "no_event_name_vanished": "vanished_name",
    "no_event_name_is_new": "new_name",
    "events_are_fresh": "freshness",
    "no_field_is_missing": "missing_field",
    "senders_repeat_no_lines": "duplicates",
    "lines_are_usable": "rejects",
    "values_fit_their_contract": "contract",
}


def of_the_demo(folder, *options: str) -> tuple[Warehouse, dict[str, int]]:
    """Sixty demo days in one load, and how often each trigger's test failed."""
    warehouse = Warehouse(folder)
    command = [sys.executable, "-m", "durable_events", "demo", "--days", "60", "--events", "80000"]
    command += ["--out", str(warehouse.landing / "demo"), *options]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    return warehouse, build(warehouse)


def build(warehouse: Warehouse) -> dict[str, int]:
    """Build what the triggers read; by trigger, how many rows its test fails for."""
    select = ("--select", "+event_quality_findings", "--indirect-selection", "cautious")
    done = warehouse.dbt("build", *select, "--exclude-resource-type", "unit_test")
    told = {result.node.name: result for result in done.result}
    assert all(told[name].status in ("pass", "warn") for name in TESTS)
    return {trigger: told[name].failures for name, trigger in TESTS.items()}


def findings(warehouse: Warehouse) -> dict[str, set[tuple]]:
    """What the triggers found, by trigger: date, event and field."""
    found = {trigger: set() for trigger in TESTS.values()}
    for trigger, *what in warehouse.rows(
        "select trigger_name, event_date, event_name, field from gold.event_quality_findings"
    ):
        found[trigger].add(tuple(what))
    return found


def test_sixty_clean_days_give_no_finding(tmp_path):
    warehouse, failures = of_the_demo(tmp_path)
    assert failures == dict.fromkeys(TESTS.values(), 0)
    assert not any(findings(warehouse).values())
    [(days, names, lines)] = warehouse.rows(
        "select count(distinct event_date), count(distinct event_name), sum(line_count) "
        "from gold.event_quality_daily where event_date between '2026-05-02' and '2026-06-30'"
    )
    assert (days, names) == (60, 24)
    assert lines > 79_000


def test_each_fault_is_found_by_its_trigger(tmp_path):
    options = [word for fault in Fault for word in ("--fault", fault)]
    warehouse, failures = of_the_demo(tmp_path, *options)
    found = findings(warehouse)
    assert failures == {trigger: len(found[trigger]) for trigger in found}
    searched = (STRUCK, "product_searched", None)
    assert found["volume"] == {(STRUCK, "page_viewed", None), searched}
    assert (STRUCK, "product_add_to_cart", None) in found["vanished_name"]
    assert found["new_name"] == {(STRUCK, "cta_tapped", None)}
    stalled = {"order_placed", "payment_received", "customer_row_changed"}
    assert stalled <= {name for day, name, _ in found["freshness"] if day == NEWEST}
    for field in ("app_version", "platform", "country_code", "user"):
        assert (STRUCK, "product_searched", field) in found["missing_field"]
    assert searched in found["duplicates"]
    assert {searched, (STRUCK, None, None)} <= found["rejects"]
    assert found["contract"] == {(STRUCK, "page_viewed", None)}
    # a finding says what was found, and what would have been usual
    [(finding, observed, usual, lower, upper)] = warehouse.rows(
        "select finding, observed_value, usual, lower_bound, upper_bound "
        "from gold.event_quality_findings where trigger_name = 'volume' and event_name = ?",
        "page_viewed",
    )
    counts = warehouse.rows(
        "select event_count from gold.event_quality_daily where event_name = 'page_viewed' "
        "and event_date in ('2026-05-05', '2026-05-12', '2026-05-19', '2026-05-26', "
        "'2026-06-02', '2026-06-09', '2026-06-16') order by event_count"
    )
    assert usual == counts[3][0]
    assert 0 < observed < lower < usual < upper
    assert finding == f"{observed:.0f} events, usually {usual:.0f}"

    # the next load brings something else to light, or nothing
    sent = {"event_id": "x", "event": "page_viewed", "time": "2026-06-30T12:00:00Z"}
    warehouse.land("more.ndjson", [sent])
    assert build(warehouse) == dict.fromkeys(TESTS.values(), 0)
    assert findings(warehouse) == found


@pytest.fixture(scope="module")
def four_loads(tmp_path_factory) -> Warehouse:
    """Four loads with late events that open, join, extend and fill in sessions."""
    warehouse = Warehouse(tmp_path_factory.mktemp("late"))
    loads = [
        [("u1", "10T10:00"), ("u1", "10T10:50"), ("u2", "10T12:00")],
        [("u3", "12T09:00"), ("u1", "10T10:25"), ("u2", "10T11:45"), ("u4", "08T08:00")],
        [("u3", "12T08:50"), ("u1", "10T10:10"), ("u5", "12T10:00"), ("u5", "12T10:20")],
        [("u5", "12T10:10")],
    ]
    for number, sent in enumerate(loads):
        lines = [
            {"event_id": f"{user} {time}", "event": "x", "user_id": user, "time": f"2025-06-{time}"}
            for user, time in sent
        ]
        warehouse.land(f"{number}.ndjson", lines)
        warehouse.run("--select", "+event_sessions")
    return warehouse


def test_which_lookback_would_have_caught_late_events(four_loads):
    sql = four_loads.sql((PROJECT / "analyses/which_lookback.sql").read_text())
    # by hand: three runs, of which the lookback rewrites 3, 2 and 2 dates, the ledger 3, 2 and 1
    assert [tuple(map(str, row)) for row in four_loads.rows(sql)] == [
        ("loads", percent, "2", "52", "6", "7", "28", "6", "22")
        for percent in ("99.0", "99.9", "100.0")
    ]


def test_which_sessions_late_events_changed(four_loads):
    sql = four_loads.sql((PROJECT / "analyses/sessions_changed_by_late_events.sql").read_text())
    assert four_loads.rows(sql) == [
        ("extended", 2, 2, 2, 2),
        ("filled in", 1, 1, 1, 1),
        ("joined", 1, 2, 2, 1),
        ("opened", 1, 0, 1, 1),
    ]
