"""Every table is exact after every load: against the oracle, and against a rebuild."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from oracle import VARS, Trial, contents, parsed_before
from warehouse import ASIDE, QUIET, DbtError, Warehouse

pytestmark = pytest.mark.core
GOLD = {
    "gold.daily_event_counts": "event_date",
    "gold.daily_sessions": "session_date",
    "gold.daily_users": "event_date",
}
COUNT = {
    "gold.daily_event_counts": "event_count",
    "gold.daily_sessions": "session_count",
    "gold.daily_users": "active_user_count",
}
HALF_AN_HOUR = timedelta(minutes=30)


def event(event_id: str | int | None, user: str | int | None, time: str | int, **more) -> dict:
    """An event as a client sends it; keys without a value are left out."""
    sent = {"event_id": event_id, "event_name": "view", "event_time": time, "user_id": user}
    return {key: value for key, value in (sent | more).items() if value is not None}


LATE_EVENTS = [
    # two sessions of an hour apart, a third at midnight, a user seen once, events of nobody
    [
        event("b1", "u", "2025-03-10T10:00:00Z"),
        event("b2", "u", "2025-03-10T10:10:00Z"),
        event("b3", "u", "2025-03-10T11:00:00Z"),
        event("b4", "u", "2025-03-11T00:05:00Z"),
        event("c1", "v", "2025-03-10T23:59:59.999999Z"),
        event("n1", None, "2025-03-10T10:00:00Z"),
        event("n2", None, "2025-03-10T10:00:00Z", anonymous_id="w"),
    ],
    # opens a session earlier; extends one; begins one the day before that goes on after midnight
    [
        event("a9", "u", "2025-03-10T09:45:00Z"),
        event("b35", "u", "2025-03-10T11:30:00Z"),
        event("b39", "u", "2025-03-10T23:50:00Z"),
    ],
    # joins the first two; months back, which moves every number and the first-seen date
    [event("b25", "u", "2025-03-10T10:35:00Z"), event("old", "u", "2024-10-01T12:00:00Z")],
    # joins over midnight what another user has there; only an event of nobody
    [event("c0", "v", "2025-03-11T00:29:59.999999Z"), event("n3", None, "2024-12-31T10:00:00Z")],
    # one microsecond too late to belong to it; amid others; a user known by the anonymous id alone
    [
        event("b33", "u", "2025-03-10T11:15:00Z"),
        event("c2", "v", "2025-03-11T01:00:00Z"),
        event("n4", None, "2025-03-09T10:00:00Z", anonymous_id="w"),
        event("n5", "x", "2025-03-09T10:00:00Z", anonymous_id="w"),
    ],
]


def test_late_events_open_extend_and_join_sessions(trial):
    for i, lines in enumerate(LATE_EVENTS):
        trial.land(f"{i}.ndjson", lines)
        trial.run(command="build" if i == 0 else "run")
        trial.check()
    trial.check(rebuild=True)


@pytest.mark.only("+daily_sessions")
def test_sessions_across_several_midnights(trial):
    """A user who never pauses, landed so that each load joins what others began."""
    start = datetime(2025, 1, 30, 22, tzinfo=UTC)
    steps = [event(f"e{i:03}", "u", (start + i * HALF_AN_HOUR).isoformat()) for i in range(180)]
    # every third, what is between the days but for one gap, the gap; then one before all of them
    parts = [steps[1::3], steps[2::3] + steps[3:90:3] + steps[93::3], steps[90:91], steps[:1]]
    for i, part in enumerate(parts):
        trial.land(f"{i}.ndjson", part)
        trial.run()
        trial.check()
    assert trial.warehouse.rows("select session_id, event_count from silver.sessions") == [
        ("e000", 180)
    ]
    trial.check(rebuild=True)


@pytest.mark.only("+daily_sessions")
def test_gap_to_the_microsecond_and_ties_in_both_orders(trial):
    trial.land(
        "a.ndjson",
        [
            event("a", "exact", "2025-01-01T10:00:00.000001Z"),
            event("b", "exact", "2025-01-01T10:30:00.000001Z"),
            event("a2", "over", "2025-01-01T10:00:00.000001Z"),
            event("b2", "over", "2025-01-01T10:30:00.000002Z"),
            event("z", "tie", "2025-01-01T10:00:00Z"),
            event("y", "tie", "2025-01-01T10:00:00Z"),
            event("Z", "back", "2025-01-01T10:00:00Z"),
            event("é", "back", "2025-01-01T10:00:00Z"),
        ],
    )
    trial.run()
    trial.check()
    # a tie that comes late takes the session's name, or does not
    trial.land(
        "b.ndjson",
        [
            event("x", "tie", "2025-01-01T10:00:00Z"),
            event("zz", "tie", "2025-01-01T10:00:00Z"),
            event("a", "back", "2025-01-01T10:00:00Z"),
            event("10", "back", "2025-01-01T10:00:00Z"),
            event("9", "back", "2025-01-01T10:00:00Z"),
        ],
    )
    trial.run()
    trial.check(rebuild=True)
    counts = "select user_key, count(*) from silver.sessions group by 1 order by 1"
    assert trial.warehouse.rows(counts) == [("back", 1), ("exact", 1), ("over", 2), ("tie", 1)]


def test_replays_and_missing_ids(trial):
    first = [
        event("1", "u", "2025-01-01T10:00:00Z"),
        event("2", "u", "2025-01-01T11:00:00Z"),
        event(None, "u", "2025-01-01T12:00:00Z", properties={"a": 1, "b": [1.5, "é"]}),
        event(None, None, "2025-01-01T12:00:00Z"),
        event(None, "12", "2025-01-01T12:00:00Z"),
        event(None, "1", "2025-01-01T12:00:00Z", anonymous_id="2"),
        event(123456789012345678901234567890, 98765432109876543210, "2025-01-01T13:00:00Z"),
    ]
    trial.land("b/one.ndjson", first)
    trial.run(command="build")
    trial.check()
    # the whole file again under names before and after the first, gzipped too
    before = contents(trial.warehouse)
    trial.land("a/one.ndjson", first)
    trial.land("c/one.ndjson", [*first, first[0]])
    trial.run()
    trial.check()
    after = contents(trial.warehouse)
    changed = {name for name in before if before[name] != after[name] and "bronze" not in name}
    assert changed == {"silver.judged_events", "silver.duplicate_events"}
    # same id, other content and date: the first received stays, in a load that of the first file
    trial.land("z.ndjson", [event("1", "v", "2024-01-01T10:00:00Z", event_name="other")])
    trial.land("y.ndjson", [event("3", "v", "2025-01-01T10:00:00Z", event_name="second")])
    trial.land("x.ndjson", ["[]", event("3", "v", "2025-06-01T10:00:00Z", event_name="first")])
    # the same event without id, told in other words
    trial.land("w.ndjson", ['{"id":" ","type":"view","time":1735732800,"payload":null}'])
    trial.run()
    trial.check(rebuild=True)


# events without an id: those of a line of this list are one, and no others
ALIKE = [
    ['{"a":1,"b":{"c":[1,{"d":2,"e":3}],"f":4}}', '{"b": {"f":4, "c":[1,{"e":3,"d":2}]}, "a":1}'],
    ['{"from":{"id":1},"to":{"id":2}}', '{"to":{"id":2},"from":{"id":1},"sentAt":"2025-01-02"}'],
    ['{"from":{"id":2},"to":{"id":1}}', '{"from":{"id":2},"to":{"id":1},"upload_time":5}'],
    ['{"x":[1,2]}'],
    ['{"x":[2,1]}'],
    ['{"x":"1"}'],
    ['{"x":1}'],
    ['{"x":1.0}'],
    ['{"x":1.00}'],
    ['{"x":9007199254740.9931}'],
    ['{"x":9007199254740.9932}'],
    ['{"x":-1e5}', '{ "x" : -1e5 }'],
    ['{"x":null}'],
    ['{"x":{}}'],
    ['{"x":[]}'],
    ['{"x":"1, 2: [3]"}', r'{"x":"1, 2: [3\u005d"}'],
    [r'{"x":"\" 5 \\"}'],
    ['{"x":true}'],
    ['{"x":"true"}'],
    ['{"x.y":1}'],
    ['{"x":{"y":1}}'],
    ['{"x":1,"x":2}'],
    ["{}"],
]


@pytest.mark.core
def test_an_event_without_an_id_is_known_by_all_that_was_sent(trial):
    about = '"event_name":"view","event_time":"2025-01-01T10:00:00Z","user_id":"u"'
    lines = [
        [text.rstrip()[:-1] + ("," if ":" in text else "") + about + "}" for text in texts]
        for texts in ALIKE
    ]
    trial.land("1.ndjson", [line for texts in lines for line in texts])
    trial.run()
    trial.land("2.ndjson", [about_first(line) for texts in lines for line in reversed(texts)])
    trial.run()
    trial.check(rebuild=True)
    ids = trial.warehouse.rows(
        "select count(*), count(distinct payload) from silver.judged_events as judged "
        "join bronze.raw_events using (load_id, file_name, line_number) "
        "where load_id = 1 group by event_id"
    )
    assert sorted(count for count, _ in ids) == sorted(map(len, ALIKE))
    assert trial.warehouse.rows("select count(*) from silver.events") == [(len(ALIKE),)]


def about_first(line: str) -> str:
    """A line with what it says of the event at its begin."""
    at = line.index('"event_name"')
    before = line[1:at].strip().rstrip(",")
    return "{" + line[at:-1] + ("," + before if before else "") + "}"


@pytest.mark.only("+events")
def test_fields_that_make_an_id_can_be_named(warehouse):
    line = {"event_name": "view", "event_time": "2025-01-01T10:00:00Z", "user_id": "u"}
    told = [{"row": 1, "at": {"page": "a"}}, {"row": 2, "at": {"page": "a"}}, {"at": {"page": "b"}}]
    warehouse.land("1.ndjson", [line | more for more in told])
    fields = {"event_id_fields": ["event_name", "event_time", "$.at.page"]}
    warehouse.run("--vars", json.dumps(fields))
    assert warehouse.rows("select count(*), count(distinct event_id) from silver.events") == [
        (2, 2)
    ]


def test_a_rejected_line_does_not_take_the_id_and_a_file_may_grow(trial):
    trial.land("a.ndjson", [event("1", "u", "yesterday"), event("1", "u", "2025-01-01T10:00:00Z")])
    trial.land("b.ndjson", [event("2", "u", "2999-01-01T10:00:00Z")])
    trial.land("grows.ndjson", [event("3", "u", "2025-01-01T10:00:00Z")])
    trial.run()
    trial.check()
    trial.land("c.ndjson", [event("2", "u", "2025-01-01T10:00:00Z"), event("1", "u", "never")])
    trial.land("grows.ndjson", ["", event("4", "u", "2025-01-01T10:20:00Z"), "{"])
    trial.run()
    trial.check(rebuild=True)


REJECTS = {
    "invalid_encoding": b'{"event_name":"caf\xe9","event_time":"2025-01-01"}',
    "malformed_json": '{"event_name":"view","event_time":"2025-01-01"',
    "not_an_object": "[1]",
    "missing_event_name": {"event_time": "2025-01-01", "event_name": " ", "type": None},
    "missing_event_time": {"event_name": "view", "event_time": ""},
    "unparseable_event_time": {"event_name": "view", "event_time": "2025-02-30T10:00:00Z"},
    "event_time_in_future": {"event_name": "view", "event_time": "2999-01-01"},
    "unsupported_schema_version": event("1", "u", "2025-01-01", schema_version="v2"),
}


ODD_JSON = {
    '{"event_name":"a","event_time":"2025-01-01","user_id":NaN}': "accepted",
    '{"event_name":"b","event_time":"2025-01-01","x":-Infinity}': "accepted",
    '{"event_name":"c","event_time":"2025-01-01",}': "malformed_json",
    '{"event_name":"d","event_time":"2025-01-01","x":[1,]}': "malformed_json",
    '{"event_name":"e","event_time":"2025-01-01","x":"[1,] \\" ,}"}': "accepted",
    '{"event_name":"f","event_time":"2025-01-01","x":"\\ud800"}': "malformed_json",
    '{"event_name":"g","event_time":"2025-01-01","x":"\\ud83d\\ude00"}': "accepted",
    '{"event_name":"h","event_name":"i","event_time":"2025-01-01"}': "accepted",
    '{"event_name":"j","event_time":"2025-01-01"} {}': "malformed_json",
    " \t[1]": "not_an_object",
    '"text"': "not_an_object",
    "null": "not_an_object",
    "12": "not_an_object",
    "{}": "missing_event_name",
    '{"event_name":{"a":1},"event_time":"2025-01-01"}': "accepted",
    '{"event_name":false,"event_time":"2025-01-01","user_id":0}': "accepted",
    '{"event_name":"k","event_time":"2025-01-01","user_id":"","actor_id":7}': "accepted",
    '{"event_name":"l","event_time":"2025-01-01","user_id":1.50,"id":1e3}': "accepted",
    '{"event_name":"m","event_time":"2025-01-01","data":{"b":1,"a":2.50,"b":null}}': "accepted",
    '{"event_name":"n","event_time":"2025-01-01","$.event_id":"x","x":{"id":1}}': "accepted",
    '{"event_name":"\\u0000","event_time":"2025-01-01","user_id":"o\'\\"\\\\"}': "accepted",
    '{"event_name":"p","event_time":"2025-01-01","schema_version":2}': "accepted",
    '{"event_name":"q","event_time":"2025-01-01","schema_version":"02"}': "accepted",
    '{"event_name":"r","event_time":"2025-01-01","schema_version":1.5}': (
        "unsupported_schema_version"
    ),
    '{"Event_name":"s","event_time":"2025-01-01"}': "missing_event_name",
    "\x00": "malformed_json",
    "[" * 200 + "]" * 200: "not_an_object",
    '{"event_name":"t","event_time":"2025-01-01","id":' + "9" * 5000 + "}": "accepted",
}


TIMES = {
    "2025-01-02T03:04:05Z": "2025-01-02 03:04:05",
    "2025-01-02T03:04:05": "2025-01-02 03:04:05",
    "2025-01-02 03:04:05": "2025-01-02 03:04:05",
    "2025-01-02t03:04:05z": "2025-01-02 03:04:05",
    "2025-01-02T03:04Z": "2025-01-02 03:04:00",
    "2025-01-02T03:04": "2025-01-02 03:04:00",
    "2025-01-02": "2025-01-02 00:00:00",
    "2025-01-02T03:04:05.1234567Z": "2025-01-02 03:04:05.123456",
    "2025-01-02T03:04:05.5": "2025-01-02 03:04:05.5",
    "2025-01-02T00:30:00+05:30": "2025-01-01 19:00:00",
    "2025-01-02T00:30:00-0530": "2025-01-02 06:00:00",
    "2025-01-02T23:30:00.000001-01": "2025-01-03 00:30:00.000001",
    "2025-01-02T00:30+05:30": "2025-01-01 19:00:00",
    "2024-02-29T00:00:00Z": "2024-02-29 00:00:00",
    "1735787045": "2025-01-02 03:04:05",
    "1735787045.25": "2025-01-02 03:04:05.25",
    1735787045: "2025-01-02 03:04:05",
    1735787045123: "2025-01-02 03:04:05.123",
    1735787045123.5: "2025-01-02 03:04:05.1235",
    1735787045123456: "2025-01-02 03:04:05.123456",
    1735787045.123456: "2025-01-02 03:04:05.123456",
    1.73578704525e9: "2025-01-02 03:04:05.25",
    0: "1970-01-01 00:00:00",
    -1: "1969-12-31 23:59:59",
    -1.5: "1969-12-31 23:59:58.5",
    "1735787045.1234569999999999999999": "2025-01-02 03:04:05.123456",
    "-1.0000009": "1969-12-31 23:59:59",
    "2025-01-02T03:04:05,5Z": "2025-01-02 03:04:05.5",
    "0001-01-01T00:00:00Z": "0001-01-01 00:00:00",
    -62135596800: "0001-01-01 00:00:00",
    -62135596800001: "1968-01-12 20:06:43.199999",  # as microseconds it is one
    -62135596800000001: None,
    "0000-01-01": None,
    "2025-01-02T03:04:05+99:00": None,
    "2025-01-02T03:04:05+05:60": None,
    "2025-01-02T03:04:05+05:30:15": None,
    "2025-01-02 03:04:05 Europe/Berlin": None,
    "2025-01-02T24:00:00": "2025-01-03 00:00:00",
    "2025-12-31T24:00:00.0+01:00": "2025-12-31 23:00:00",
    "2025-01-02T24:00": "2025-01-03 00:00:00",
    "2025-01-02T24:00:01Z": None,
    "2025-01-02T24:30": None,
    "2025-01-02 03:04:05.123456 UTC": "2025-01-02 03:04:05.123456",
    "2025-01-02 03:04:05 GMT": "2025-01-02 03:04:05",
    "2025-01-02 03:04 UTC": "2025-01-02 03:04:00",
    "2025-01-02T03:04:05 +01:00": "2025-01-02 02:04:05",
    "2025-01-02 03:04:05,25 -0530": "2025-01-02 08:34:05.25",
    "2025-01-02T03:04:05 +99:00": None,
    "20250102T030405Z": "2025-01-02 03:04:05",
    "20250102T0304": "2025-01-02 03:04:00",
    "20250102T030405.5+0100": "2025-01-02 02:04:05.5",
    "20250230T030405Z": None,
    "20250102T03": None,
    "2025-01-02T03:04:05+01:00[Europe/Berlin]": "2025-01-02 02:04:05",
    "2025-01-02T03:04:05Z[UTC]": "2025-01-02 03:04:05",
    "2025-07-02T03:04:05[Europe/Berlin]": "2025-07-02 01:04:05",
    "2025-01-02T03:04:05[Nowhere/Land]": None,
    "2025-01-02T03:04:05Nowhere/Land": None,
    "2025-01-02T03:04:05[]": None,
    "Thu, 02 Jan 2025 03:04:05 GMT": "2025-01-02 03:04:05",
    "2 Jan 2025 03:04 +0200": "2025-01-02 01:04:00",
    "Thu, 02 Jan 2025 03:04:05": "2025-01-02 03:04:05",
    "Sun, 30 Feb 2025 03:04:05 GMT": None,
    "02 Foo 2025 03:04:05 GMT": None,
    "02 Jan 25 03:04:05 GMT": None,
    "01/02/2025 03:04": None,
    "0000-01-02 03:04:05 UTC": None,
    1735787045123456789: "2025-01-02 03:04:05.123456",
    "-173578704512345678": "1964-07-01 23:41:35.487655",
    "9999999999999999999": None,
    "2025-01-02T03:04:05.": None,
    "2025-01-02 ": None,
    "2025-01-02T25:00:00Z": None,
    "2025-13-02": None,
    "2025-02-29T00:00:00Z": None,
    "2025-01-02T03:04:05 in the morning": None,
    "2025-1-2": None,
    "02.01.2025": None,
    "infinity": None,
    "epoch": None,
    "now": None,
    "NaN": None,
    "1e9": None,
    "12345678901234567890": None,
    True: None,
}


@pytest.fixture(scope="module")
def parsed(tmp_path_factory) -> Trial:
    """A warehouse of lines of all kinds, a file for each test that looks at them."""
    trial = Trial(Warehouse(tmp_path_factory.mktemp("parsed"), ASIDE))
    trial.land("rejects.ndjson", REJECTS.values())
    trial.land("odd.ndjson", ODD_JSON)
    at = "2025-01-01T10:00:00Z"
    for i, blank in enumerate(["\t", "\n", " \r\n", "\u3000"]):
        lines = [event(blank, blank, at), event(f"b{i}", "u", at, event_name=blank)]
        trial.land(f"blank {i}.ndjson", lines)
    lines = [event(f"{i}", "u", time) for i, time in enumerate(TIMES)]
    sent = [event(f"s{i}", "u", "2025-01-01", sent_at=time) for i, time in enumerate(TIMES)]
    trial.land("times.ndjson", lines + sent)
    trial.run(command="build")
    return trial


def test_lines_of_all_kinds_are_read_as_the_oracle_reads_them(parsed):
    """Among them white space as an id, a user and a name: a user named tab would be everybody whose
    id was lost so.
    """
    assert parsed.warehouse.rows(
        "select verdict, count(*), count(user_id) from silver.judged_events "
        "where file_name like 'blank %' group by all order by all"
    ) == [("accepted", 4, 0), ("rejected", 4, 4)]
    parsed.check(rebuild=True)


def test_each_reject_reason(parsed):
    reasons = parsed.warehouse.rows(
        "select reason from silver.rejected_events where file_name = 'rejects.ndjson' "
        "order by line_number"
    )
    assert [reason for (reason,) in reasons] == list(REJECTS)


def test_odd_json(parsed):
    verdicts = parsed.warehouse.rows(
        "select context_json, coalesce(reason, verdict) from silver.judged_events "
        "where file_name = 'odd.ndjson'"
    )
    assert dict(verdicts) == ODD_JSON


def test_times(parsed):
    """Each as the time of an event and as `src_ts`, which may be wrong without harm."""
    found = parsed.warehouse.rows(
        "select event_time from silver.judged_events where file_name = 'times.ndjson' "
        "order by line_number limit ?",
        len(TIMES),
    )
    times = [time and datetime.fromisoformat(time) for time in TIMES.values()]
    assert [time for (time,) in found] == times


def test_recent_dates_and_clocks_that_are_ahead(trial):
    """Within the lookback, today, and up to a day ahead."""
    now = datetime.now(UTC)
    for i in range(2):
        lines = [
            event(f"{i} {hours}", f"u{hours % 2}", (now + timedelta(hours=hours + i)).isoformat())
            for hours in (-100, -73, -49, -24, -1, 0, 1, 22, 26)
        ]
        trial.land(f"{i}.ndjson", lines)
        trial.run(command="build" if i else "run")
        trial.check()
    trial.check(rebuild=True)


def test_a_run_without_news_changes_nothing(trial):
    trial.land("a.ndjson", LATE_EVENTS[0])
    trial.run(command="build")
    trial.land("b.ndjson", LATE_EVENTS[1])
    trial.run()
    before = contents(trial.warehouse)
    trial.land("empty.ndjson", ["", " "])
    trial.run(command="build")
    assert contents(trial.warehouse) == before
    trial.check()


def test_an_empty_run_loses_nothing_and_a_sample_is_refused(trial):
    """dbt's options for a dry run: what the one leaves out, the next plain run brings; the other
    would leave events out for good.
    """
    recent = (datetime.now(UTC) - timedelta(hours=30)).isoformat()
    trial.land("a.ndjson", LATE_EVENTS[0])
    trial.run()
    trial.land("b.ndjson", [*LATE_EVENTS[1], event("recent", "u", recent)])
    with pytest.raises(DbtError, match="a warehouse of its own"):
        trial.run("--sample", "3 days")
    trial.run("--empty")
    trial.run()
    trial.check()


# ---- cost follows the change


def spoil(trial: Trial, where: str = "true") -> dict[str, set[date]]:
    """Make rows of gold wrong as only rewriting puts right. Gives what `spoiled` gives."""
    for name, day in GOLD.items():
        condition = where.replace("day", day)
        trial.warehouse.execute(f"update {name} set {COUNT[name]} = -1 where {condition}")
    return spoiled(trial)


def spoiled(trial: Trial) -> dict[str, set[date]]:
    """The dates of each gold table that were not rewritten since `spoil`."""
    return {
        name: {
            row[0]
            for row in trial.warehouse.rows(f"select {day} from {name} where {COUNT[name]} = -1")
        }
        for name, day in GOLD.items()
    }


def forget(trial: Trial) -> None:
    """Make every date of gold stale."""
    for name in GOLD:
        trial.warehouse.execute(f"update {name} set load_id = 0")


def days(*texts: str) -> set[date]:
    """Dates of text."""
    return set(map(date.fromisoformat, texts))


def test_exactly_the_dates_that_a_load_touched_are_rewritten(trial):
    lines = [event(f"{i}", f"u{i % 3}", f"2025-05-{i:02}T23:50:00Z") for i in range(1, 21)]
    trial.land("a.ndjson", [event("0", "u1", "2024-12-05T10:00:00Z"), *lines])
    trial.run()
    every_day = spoil(trial)["gold.daily_users"]
    assert len(every_day) == 21
    # a run without news, and one with rejects and replays only, rewrites none of them
    trial.land("b.ndjson", ["{", event("3", "u0", "2025-05-03T23:50:00Z")])
    trial.run()
    assert spoiled(trial) == dict.fromkeys(GOLD, every_day)
    # an event of five months before rewrites its own date; its user is known there already, so that
    # nothing that daily_users tells changes
    old = days("2024-12-05")
    trial.land("c.ndjson", [event("late", "u1", "2024-12-05T10:10:00Z")])
    trial.run()
    assert spoiled(trial) == {
        "gold.daily_event_counts": every_day - old,
        "gold.daily_sessions": every_day - old,
        "gold.daily_users": every_day,
    }
    # a session that now goes on after midnight touches both dates; a user's new first date touches
    # the one that was it before
    spoil(trial)
    trial.land("d.ndjson", [event("over", "u1", "2025-05-02T00:05:00Z")])
    trial.land("e.ndjson", [event("first", "u0", "2024-12-05T10:10:00Z")])
    trial.run()
    over, was_new = days("2025-05-02"), days("2025-05-03")
    assert spoiled(trial) == {
        "gold.daily_event_counts": every_day - old - over,
        "gold.daily_sessions": every_day - old - over - days("2025-05-01"),
        "gold.daily_users": every_day - old - over - was_new,
    }
    forget(trial)
    trial.run()
    trial.check(rebuild=True)


def test_backfill_rewrites_its_window_and_no_more(trial):
    lines = [event(f"{i}", f"u{i % 3}", f"2025-05-{i:02}T23:50:00Z") for i in range(1, 11)]
    trial.land("a.ndjson", lines)
    trial.run()
    every_day = spoil(trial)["gold.daily_users"]
    # dates that are stale, in the window and outside of it
    for name, day in GOLD.items():
        trial.warehouse.execute(f"delete from {name} where day({day}) in (1, 4, 9)")
    window = ("--event-time-start", "2025-05-03", "--event-time-end", "2025-05-06")
    trial.run("--select", "gold", *window)
    gone, done = days("2025-05-01", "2025-05-09"), days("2025-05-03", "2025-05-04", "2025-05-05")
    assert spoiled(trial) == dict.fromkeys(GOLD, every_day - gone - done)
    for name, day in GOLD.items():
        found = {row[0] for row in trial.warehouse.rows(f"select {day} from {name}")}
        assert found == every_day - gone
    # a plain run brings back what is gone; what is wrong without a trace needs a window
    trial.run()
    assert spoiled(trial) == dict.fromkeys(GOLD, every_day - gone - done)
    trial.run("--event-time-start", "2025-05-01", "--event-time-end", "2025-05-11")
    trial.check(rebuild=True)


def test_builds_in_several_batches(trial):
    """A project parsed days before (dbt keeps that) builds gold in one batch for each day."""
    now = datetime.now(UTC)
    recent = [
        event(f"{hours}", "u", (now - timedelta(hours=hours)).isoformat())
        for hours in (-20, 0, 1, 24, 25, 48, 200)
    ]
    trial.land("a.ndjson", LATE_EVENTS[0] + recent)
    with parsed_before(days=3):
        trial.run()
        trial.check()
        trial.run("--full-refresh")
        trial.check()


def test_what_a_window_leaves_stale_the_next_plain_run_finds(trial):
    """A full refresh leaves the window alone in the table; a load touches dates outside of it."""
    trial.land("a.ndjson", LATE_EVENTS[0] + LATE_EVENTS[2])
    trial.run()
    window = ("--event-time-start", "2025-03-10", "--event-time-end", "2025-03-11")
    trial.run("--full-refresh", "--select", "gold", *window)
    assert trial.warehouse.rows("select session_date from gold.daily_sessions") == [
        (date(2025, 3, 10),)
    ]
    trial.run()
    trial.check()
    trial.land("b.ndjson", LATE_EVENTS[1] + LATE_EVENTS[3])
    trial.run("--event-time-start", "2025-03-11", "--event-time-end", "2025-03-12")
    trial.run()
    trial.check(rebuild=True)


@pytest.mark.only("+daily_event_counts", "+daily_sessions")
@pytest.mark.parametrize("window", [[], ["2025-05-01", "2025-05-05"]])
def test_retry_after_a_batch_that_failed(trial, window, monkeypatch):
    lines = [event(f"{i}", f"u{i % 3}", f"2025-05-{i:02}T23:50:00Z") for i in range(1, 5)]
    trial.land("a.ndjson", lines)
    trial.run()
    # a table that takes no row of a new event name
    name = "gold.daily_event_counts"
    trial.warehouse.execute(
        f"create table sound as from {name}; drop table {name}; "
        f"create table {name} (event_date date, event_name varchar check (event_name <> 'bad'), "
        f"event_count bigint, user_count bigint, load_id bigint); insert into {name} from sound"
    )
    bad = event("bad", "u1", "2025-05-02T10:00:00Z", event_name="bad")
    trial.land("b.ndjson", [bad, event("good", "u1", "2025-05-04T10:00:00Z")])
    options = zip(["--event-time-start", "--event-time-end"], window, strict=False)
    # retry reads what the run has left behind
    monkeypatch.setattr("warehouse.QUIET", [word for word in QUIET if word != "--no-write-json"])
    with pytest.raises(DbtError, match=r"daily_event_counts: (error|partial success)"):
        trial.warehouse.run(*(word for option in options for word in option))
    trial.note_load()
    trial.warehouse.execute(
        f"create or replace table sound as from {name}; drop table {name}; "
        f"create table {name} as from sound; drop table sound"
    )
    retried = trial.warehouse.dbt("retry")
    monkeypatch.undo()
    ran = [result.node for result in retried.result if result.node.resource_type == "model"]
    assert [node.name for node in ran] == ["daily_event_counts"]
    trial.check(rebuild=True)


@pytest.mark.only("+events", "rejected_events")
def test_a_json_path_in_the_envelope_and_lines_that_are_no_objects(warehouse):
    """A path into a line that is no JSON would be an error, and stop every run from then on."""
    deep = ["$.context.deep"]
    envelope = VARS["envelope"] | {"app_version": deep, "event_time": deep}
    odd = [b"{", b"[]", b"5", b"null", b'"x"', b"\xff", b'{"a":1,}']
    warehouse.land("1.ndjson", [*odd, {"event": "x", "context": {"deep": "2025-06-02"}}])
    warehouse.run("--vars", json.dumps({"envelope": envelope}))
    assert warehouse.rows("select count(*), max(app_version) from silver.events") == [
        (1, "2025-06-02")
    ]
    assert warehouse.rows("select count(*) from silver.rejected_events") == [(len(odd),)]
    assert warehouse.rows(
        "select event_date::text from bronze.raw_events where event_date > '0001-01-01'"
    ) == [("2025-06-02",)]
