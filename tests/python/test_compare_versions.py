"""Two versions compared: exact for any loads, every fault named, on a page that opens anywhere."""

import html
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pytest
from warehouse import Warehouse, call_command, start_command

from durable_events.pages.palette import MARKS, SURFACES

MODELS = ("+checkout_completed_verdict", "+checkout_completed_differences")
pytestmark = [
    pytest.mark.shop,
    pytest.mark.only(*MODELS, "+checkout_completed_latest"),
]


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
            (None, []),
        ],
        start=2,
    ):
        trial.warehouse.execute(
            "create or replace table kept as from gold.checkout_completed_comparison; "
            "update gold.checkout_completed_comparison set key_count = -1"
        )
        trial.land(f"{load}.ndjson", [row] if row else [])
        trial.run()
        computed = trial.warehouse.rows(
            "select day(event_date), load_id from gold.checkout_completed_comparison "
            "where key_count <> -1 order by event_date"
        )
        assert computed == [(day, load) for day in touched]
        # what was not computed is as it was, and right
        trial.warehouse.execute(
            "update gold.checkout_completed_comparison as now set key_count = kept.key_count "
            "from kept where now.key_count = -1 and now.event_date = kept.event_date"
        )
        trial.check()
    trial.check(rebuild=True)


def test_an_alias_moves_checkouts_into_the_comparison_and_out_again(trial):
    """A key's first date goes with an event that loses its name; a date may keep none at all."""
    first, second, third = (f"2026-03-0{day}T10:00:00Z" for day in (1, 2, 3))
    bought = {"event_name": "bought"}
    trial.land(
        "a.ndjson",
        [
            checkout("a", first) | bought,
            checkout("a", second),
            checkout("a", third, 2),
            *(row | bought for row in both("b", third)),
            NEWEST,
        ],
    )
    trial.run()
    trial.check()
    for load, aliases in enumerate(({"bought": "checkout_completed"}, {})):
        trial.register({}, aliases)
        trial.run()
        trial.check()
        trial.land(f"{load}.ndjson", [checkout("b", f"2026-03-0{load + 4}T10:00:00Z", 2)])
        trial.run()
        trial.check(rebuild=True)


def fault(share: float) -> list[dict]:
    """Nine days of 50 checkouts each in both versions; on one day version 2 loses a share.

    The tenth has only begun, and version 2 is behind.
    """
    rows = [NEWEST, checkout("today", "2026-03-10T11:59:00Z")]
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


# ---- the command and its page


ODD = '</script><img src="http://outside.invalid/x">[bold]\n'


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> Warehouse:
    """A warehouse in which version 2 lost 20 % of a day, and a key of the day before is hostile."""
    warehouse = Warehouse(tmp_path_factory.mktemp("faulty"), only=MODELS)
    day = "2026-03-05T10:00:00Z"
    odd = [checkout(ODD, day), checkout(ODD, day, 2, currency="<b>")]
    warehouse.land("a.ndjson", [*fault(0.2), *odd])
    warehouse.run()
    return warehouse


def command(database: Path, *arguments: str, call=call_command) -> CompletedProcess:
    """What `durable-events compare` says, on a terminal of 120 columns.

    `call`: how it is started, here or as a process of its own.
    """
    return call("compare", *arguments, DURABLE_EVENTS_DB=str(database), COLUMNS="120")


LACKS = "2026-03-06 lacks 20.00 % of its keys in v2 (allowed 1 %)"


def test_the_command_names_the_fault(faulty, tmp_path):
    page = tmp_path / "of" / "page.html"
    done = command(faulty.database, "--page", str(page), call=start_command)
    assert done.returncode == 1, done.stderr
    assert LACKS in done.stdout
    assert re.search(r"2026-03-06 +50 +40 +-20.0 +40 +0 +10 +0 +0 +-20.0 +-20.0", done.stdout)
    assert "662 days after 2026-03-09" in done.stdout
    assert "order_id" in done.stdout
    assert "only in v2" in done.stdout
    assert "[bold]\\n" in done.stdout  # as data, on one line
    text = page.read_text()
    assert LACKS in text
    assert "One row per click on the checkout button." in text
    assert "&lt;/script&gt;&lt;img src=" in text
    assert not re.search("<(img|script|link|iframe|object)", text.partition("<body>")[2])

    done = command(faulty.database, "--json", "--page", str(page))
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["verdict"]["reason"].startswith(f"not ready: {LACKS}")
    (day,) = [day for day in told["days"] if day["only_old_count"]]
    assert (day["event_date"], day["only_old_count"], day["key_count"]) == ("2026-03-06", 10, 50)
    currency = next(c for c in told["columns"] if c["column_name"] == "currency")
    assert currency["examples"] == [f"{ODD}: EUR -> <b>"]


def test_the_command_says_what_is_missing(warehouse, tmp_path):
    page = tmp_path / "page.html"
    done = command(tmp_path / "nowhere.duckdb")
    assert (done.returncode, done.stdout) == (2, "")
    assert "build it first, `dbt build`" in done.stderr

    warehouse.execute("create schema gold; create table gold.x_verdict (a int)")
    done = command(warehouse.database, "checkout'; drop table x; --")
    assert done.returncode == 2
    assert "no versions of checkout'; drop table x; --. There are: checkout_co" in done.stderr
    done = command(warehouse.database)
    assert done.returncode == 2
    assert "has no checkout_completed_verdict, checkout_completed_differences, " in done.stderr
    assert "dbt build --select +checkout_completed_verdict " in done.stderr

    (tmp_path / "other.duckdb").write_text("no database")
    assert command(tmp_path / "other.duckdb").returncode == 2

    # no event yet; then version 1 only
    warehouse.run()
    done = command(warehouse.database, "--page", str(page))
    assert done.returncode == 2, done.stderr
    assert "can not tell" in done.stdout
    assert "Land events of both versions" in done.stdout
    warehouse.land("a.ndjson", [checkout("a", "2026-03-01T10:00:00Z"), NEWEST])
    warehouse.run()
    assert command(warehouse.database, "--page", str(page)).returncode == 2
    assert "Can not tell" in page.read_text()

    # both, and alike
    warehouse.land("b.ndjson", [checkout("a", "2026-03-01T10:00:00Z", 2)])
    warehouse.run()
    done = command(warehouse.database, "--page", str(page))
    assert done.returncode == 0
    assert "ready: v2 agrees with v1" in done.stdout
    assert "✓ Ready" in page.read_text()


LIGHT, DARK = ("--blink-settings=preferredColorScheme=" + scheme for scheme in "10")


def opened(page: Path, folder: Path, *flags: str) -> tuple[str, list[str]]:
    """Open a page in a real browser without a network.

    Returns what the browser prints, and what is wrong with the page: messages of its console, and
    requests that it made, the browser's own apart.
    """
    browser = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if browser is None:
        pytest.skip("no Chromium here to open the page: install your system's package chromium")
    log = folder / "net.json"
    shutil.rmtree(folder / "profile", ignore_errors=True)
    done = subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-sync", "--hide-scrollbars"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}"),
            *("--enable-logging=stderr", f"--log-net-log={log}", *flags, page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wrong = [line for line in done.stderr.splitlines() if ":CONSOLE:" in line]
    for event in json.loads(log.read_text())["events"]:
        asked = event.get("params", {})
        is_own = asked.get("initiator") == "not an origin"  # what the browser asks of itself
        if "initiator" in asked and not is_own and not asked["url"].startswith("file:"):
            wrong.append(asked["url"])
    return done.stdout, wrong


def corner(picture: Path) -> tuple[tuple[int, int], tuple[int, ...]]:
    """A PNG's width and height, and the colour of its first pixel."""
    data = picture.read_bytes()
    size = tuple(int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    position, packed = 8, b""
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] == b"IDAT":
            packed += data[position + 8 : position + 8 + length]
        position += length + 12
    # of the first pixel every filter leaves the colour as it is
    return size, tuple(zlib.decompress(packed)[1:4])


def test_the_page_opens_in_a_browser_without_a_network(faulty, tmp_path):
    page = tmp_path / "page.html"
    assert command(faulty.database, "--page", str(page)).returncode == 1
    for name, width, scheme, paper in (
        ("light", 1100, LIGHT, (255, 255, 255)),
        ("dark", 1100, DARK, (13, 17, 23)),
        ("phone", 390, LIGHT, (255, 255, 255)),
    ):
        picture = tmp_path / f"{name}.png"
        flags = (f"--window-size={width},2400", f"--screenshot={picture}", scheme)
        _, wrong = opened(page, tmp_path, *flags)
        assert not wrong
        assert corner(picture) == ((width, 2400), paper)
        # nothing but the tables' own boxes is wider than the screen; a window of the browser has
        # a least width, a frame in it has none
        measure = "<script>parent.document.title = document.documentElement.scrollWidth</script>"
        text = re.sub("<meta http-equiv.*?>", "", page.read_text()) + measure
        frame = tmp_path / "frame.html"
        size = f'width="{width}" height="2400" style="border: 0"'
        frame.write_text(f'<iframe {size} srcdoc="{html.escape(text)}"></iframe>')
        dom, _ = opened(frame, tmp_path, "--window-size=1200,2400", "--dump-dom")
        assert f"<title>{width}</title>" in dom


def test_the_check_of_the_page_sees_requests_and_errors(tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<img src="http://outside.invalid/x.png"><script>console.error("oh")</script>')
    _, wrong = opened(page, tmp_path, "--dump-dom")
    assert len(wrong) == 2
    assert wrong[1] == "http://outside.invalid/x.png"


def contrast(first: str, second: str) -> float:
    """How well a colour is told from another, as the accessibility guidelines (WCAG) have it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    darker, lighter = sorted(map(luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_the_pages_texts_can_be_read_in_the_light_and_in_the_dark(scheme):
    colours = {name: pair[scheme] for name, pair in (SURFACES | MARKS).items()}
    for text in ("ink", "soft", "good", "bad", "unsure", "blue", "violet"):
        for paper in ("paper", "card"):
            assert contrast(colours[text], colours[paper]) >= 4.5, (text, paper)
    for mark in MARKS.keys() - {"green"}:  # green is what needs no attention
        assert contrast(colours[mark], colours["paper"]) >= 2.4, mark


def test_the_benchmark_compares_like_with_like():
    done = call_command("bench", "comparison", "--rows", "20000", "--runs", "1")
    # at this size the times mean nothing; that both find the same does
    assert done.returncode in (0, 1), done.stderr
    assert re.search(r"compare_versions +[0-9.]+ s, [0-9.]+ times as long", done.stdout)
