"""The demo stream is what its docstring says, and the bundled landing files are whole."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from durable_events.demo import convert_cdnow, convert_ecom
from durable_events.demo import make as make_demo

ROOT = Path(__file__).parents[2]

END, DAYS = date(2026, 6, 30), 45
FIRST = END - timedelta(days=DAYS - 1)
KEYS = {
    "web": ("messageId", "event", "timestamp", "userId", "anonymousId"),
    "app": ("event_id", "event_name", "event_timestamp", "user_id", "anonymous_id"),
    "server": ("id", "type", "occurred_at", "customer_id", None),
}
ROW = re.compile(r"^(?P<kind>[^|]+?) *\| *(?P<low>[\d.]+) *- *(?P<high>[\d.]+) *\|", re.M)
SHARES = {m["kind"]: (float(m["low"]), float(m["high"])) for m in ROW.finditer(make_demo.__doc__)}


class Event:
    """A well-formed line, read without any help of the generator."""

    def __init__(self, day: date, source: str, line: bytes, sent: dict) -> None:
        event_id, name, at, user, anonymous = KEYS[source]
        self.day, self.source, self.line, self.sent = day, source, line, sent
        self.id, self.name = sent[event_id], sent[name]
        self.at = utc(sent[at])
        self.user = None if sent.get(user) is None else str(sent[user])
        self.anonymous = sent.get(anonymous)
        self.properties = sent["payload" if source == "server" else "properties"]
        self.version = sent.get("schema_version", 1)
        # how long after the event it was sent; the server does not tell
        told = sent.get("sentAt") or sent.get("src_ts")
        self.late = utc(told) - self.at if told else timedelta()
        # how far beyond the end of its landing day
        self.ahead = self.at - datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)


def utc(value: str | int) -> datetime:
    """ISO text or epoch milliseconds as a time in UTC."""
    if isinstance(value, int):
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value)
    return datetime.fromisoformat(value).astimezone(UTC)


def no_float(text: str) -> float:
    """A JSON number with a point must not occur."""
    raise AssertionError(f"a float in the stream: {text}")


def fault(source: str, line: bytes) -> str | dict:  # noqa: PLR0911 (one for each kind of fault)
    """What is wrong with a line, or the event if nothing is."""
    _, name, at, *_ = KEYS[source]
    try:
        sent = json.loads(line.decode(), parse_float=no_float)
    except UnicodeDecodeError:
        return "not UTF-8"
    except json.JSONDecodeError:
        return "cut off" if line.startswith(b"{") else "plain text"
    if not isinstance(sent, dict):
        return "array"
    if not sent:
        return "empty object"
    if name not in sent:
        return "no name"
    if at not in sent:
        return "no time"
    try:
        utc(sent[at])
    except ValueError:
        return "bad time"
    return sent


def make(out: Path, **changes) -> make_demo.Counts:
    """Write a stream in this process."""
    arguments = {"end": END, "days": DAYS, "events": 60_000, "seed": 7, "out": out}
    plan = make_demo.Plan(**arguments | {"format": make_demo.Format.ndjson} | changes)
    return make_demo.write(plan, 1, lambda done: None)


def run(*arguments: object) -> subprocess.CompletedProcess:
    """Run the command as a user would."""
    command = [sys.executable, "-m", "durable_events", "demo", *arguments]
    command = [str(part) for part in command]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def digests(folder: Path) -> dict[str, str]:
    """A digest of each data file, by path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*/*"))
    }


class Demo:
    """All files of the default stream, read."""

    def __init__(self, folder: Path, arrivals: dict[bytes, datetime]) -> None:
        self.arrivals = arrivals
        self.files: dict[tuple[date, str], list[bytes]] = {}
        self.good: dict[tuple[date, str], list[bytes]] = defaultdict(list)  # the well-formed
        self.events: list[Event] = []
        self.faults: list[str] = []
        self.malformed: dict[str, list[bytes]] = defaultdict(list)
        for path in sorted(folder.glob("*/*.ndjson")):
            day, source = date.fromisoformat(path.parent.name), path.name.split("-")[0]
            lines = self.files[day, source] = path.read_bytes().splitlines()
            for line in lines:
                found = fault(source, line)
                if isinstance(found, str):
                    self.faults.append(found)
                    self.malformed[source].append(line)
                else:
                    self.events.append(Event(day, source, line, found))
                    self.good[day, source].append(line)
        self.first_seen = {}  # each event once, whatever was sent again
        for event in self.events:
            self.first_seen.setdefault(event.id, event)

    def ahead(self, event: Event) -> float:
        """Seconds by which the sender's clock was ahead when the line arrived."""
        return (event.at + event.late - self.arrivals[event.line]).total_seconds()

    def named(self, name: str) -> list[Event]:
        """The distinct events of that name."""
        return [event for event in self.first_seen.values() if event.name == name]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Demo:
    """The default stream, as plain NDJSON."""
    folder, arrivals, deliver = tmp_path_factory.mktemp("demo"), {}, make_demo.Lane.deliver

    def noted(lane: make_demo.Lane, arrival: int, source: str, line: str) -> None:
        arrivals.setdefault(line.encode(), utc(arrival // 1000))
        deliver(lane, arrival, source, line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_demo.Lane, "deliver", noted)
        make(folder)
    return Demo(folder, arrivals)


def number_expected(event: Event) -> bool:
    """Whether the properties hold something else where a whole number belongs."""
    numbers = ("scroll_percent", "result_count", "position", "quantity", "item_count")
    numbers += ("attempts", "form_fields")
    return event.source != "server" and any(
        not isinstance(event.properties[key], int) for key in numbers if key in event.properties
    )


def resent_files(demo: Demo) -> list[tuple[date, str]]:
    """The files that hold every well-formed line of the file of five days before."""
    return [
        (day, source)
        for (day, source), lines in demo.good.items()
        if (before := demo.good.get((day - timedelta(days=5), source)))
        and not Counter(before) - Counter(lines)
    ]


def out_of_order(demo: Demo) -> int:
    """How many lines of files that hold no other file do not fit between their neighbours."""
    misfits, again = 0, set(resent_files(demo))
    for place in demo.files.keys() - again:
        at = [demo.arrivals[line] for line in demo.good[place]]
        for before, here, after in zip(at, at[1:], at[2:], strict=False):
            misfits += before <= after and not before <= here <= after
    return misfits


def measure(demo: Demo) -> dict[str, float]:
    """The share of each documented kind, in %."""
    events, share = demo.events, {}
    for name, count in Counter(e.name for e in events).items():
        share[name] = count
    share["checkout_completed"] = sum(
        e.name == "checkout_completed" and e.version == 1 for e in events
    )
    share["checkout_completed/2"] = sum(
        e.name == "checkout_completed" and e.version == 2 for e in events
    )
    day, hour = timedelta(days=1), timedelta(hours=1)
    client = [e for e in events if e.source != "server"]
    share |= {
        "unknown names": sum(e.name in make_demo.UNKNOWN for e in events),
        "schema_version 99": sum(e.version == 99 for e in events),
        "wrong type in properties": sum(map(number_expected, events)),
        "no user and no anonymous": sum(not e.user and not e.anonymous for e in events),
        "no platform": sum("platform" not in e.sent for e in client),
        "no country_code": sum("country_code" not in e.sent for e in client),
        "no app_version": sum(e.source == "app" and "app_version" not in e.sent for e in events),
        "sent 1 h to 24 h late": sum(hour < e.late <= day for e in events),
        "sent 1 to 5 d late": sum(day < e.late <= 5.1 * day for e in events),
        "sent 30 to 150 d late": sum(29.9 * day < e.late <= 150.1 * day for e in events),
        "clock minutes ahead": sum(60 < demo.ahead(e) < 3600 for e in client),
        "clock years ahead": sum(e.at.year == 2099 for e in events),
    }
    again = resent_files(demo)
    share["line out of order"] = out_of_order(demo)
    share["file sent twice"] = sum(len(demo.good[d - timedelta(days=5), s]) for d, s in again)
    # a line of a file sent twice is not counted as a line sent twice
    sent_at = defaultdict(list)
    for e in events:
        sent_at[e.id].append((e.day, e.source))
    share["line sent twice"] = sum(
        len(places) - 1 for places in sent_at.values() if not set(places) & set(again)
    )
    total = {kind: 100 * count / len(events) for kind, count in share.items()}
    lines = sum(map(len, demo.files.values()))
    return total | {"malformed": 100 * len(demo.faults) / lines}


def text_amounts(value: object) -> list[str]:
    """All amounts of money in the properties of an event, at any depth."""
    if isinstance(value, list):
        return [amount for part in value for amount in text_amounts(part)]
    if not isinstance(value, dict):
        return []
    return [
        amount
        for key, part in value.items()
        for amount in (
            [part] if key in ("amount", "unit_price", "discount") else text_amounts(part)
        )
    ]


@pytest.fixture(scope="module")
def shares(demo) -> dict[str, float]:
    """The share of each documented kind, in %."""
    return measure(demo)


def test_the_table_of_kinds_is_read():
    """Else the next test would pass on nothing."""
    assert len(SHARES) == 39
    assert {"page_viewed", "customer_row_changed", "checkout_completed/2", "malformed"} <= set(
        SHARES
    )


@pytest.mark.parametrize("kind", SHARES)
def test_each_kind_has_its_documented_share(shares, kind):
    low, high = SHARES[kind]
    assert low <= shares.get(kind, 0) <= high


def test_no_name_but_the_documented_ones(demo):
    names = {event.name for event in demo.events}
    assert names - set(SHARES) == set(make_demo.UNKNOWN)


def test_each_kind_of_malformed_line_occurs(demo):
    assert set(demo.faults) == set(make_demo.BROKEN)
    # one that could pass for an event has an id of its own
    for source, (key, *_) in KEYS.items():
        for line in demo.malformed[source]:
            if line.startswith(b"{") and line.endswith(b"}") and b"\xff" not in line:
                assert json.loads(line).get(key) not in demo.first_seen


def test_the_size_is_about_what_was_asked_for(demo, tmp_path):
    assert 57_000 < len(demo.events) < 63_000
    counts = make(tmp_path, events=9_000, days=9)
    assert 8_000 < counts.events < 10_000


def test_folders_are_the_landing_days(demo):
    days = {FIRST + timedelta(days=n) for n in range(DAYS)}
    assert {day for day, _ in demo.files} == days
    assert all(demo.files[day, source] for day in days for source in KEYS)


def test_nothing_lands_before_it_happens(demo):
    """But for clocks that run ahead, no event is newer than the day it landed."""
    beyond = [e for e in demo.events if e.ahead > timedelta()]
    for event in beyond:
        assert event.at.year == 2099 or event.ahead < timedelta(minutes=51)
    assert 0 < len(beyond) < 0.005 * len(demo.events)
    usual = [e for e in demo.events if e.at.year != 2099]
    assert max(e.at for e in usual).date() in (END, END + timedelta(days=1))
    assert max(e.at for e in usual if e.source == "server").date() == END


def test_late_batches_are_older_than_the_stream(demo):
    oldest = min(event.at for event in demo.events).date()
    assert FIRST - timedelta(days=150) <= oldest < FIRST - timedelta(days=30)
    # a batch is sent at once: all its events share one time of sending
    batches = Counter(e.sent["src_ts"] for e in demo.named("page_viewed") if e.source == "app")
    assert max(batches.values()) > 4


def test_one_id_is_one_line(demo):
    """A repeat is the very same line; ids are never used for anything else."""
    lines = defaultdict(set)
    for event in demo.events:
        lines[event.id].add(event.line)
    assert all(len(same) == 1 for same in lines.values())
    assert len(lines) < len(demo.events)


def test_whole_files_are_sent_again(demo):
    days = sorted((day - FIRST).days for day, _ in resent_files(demo))
    assert days == [9, 24, 39]


def test_amounts_are_decimal_text(demo):
    """The reader has refused any float already."""
    amounts = [amount for event in demo.events for amount in text_amounts(event.properties)]
    assert len(amounts) > 5_000
    assert all(isinstance(a, str) and re.fullmatch(r"-?\d+\.\d\d", a) for a in amounts)
    orders = demo.named("order_placed")
    assert {e.properties["currency"] for e in orders} == {"EUR", "USD", "GBP"}
    assert 20 < sorted(float(e.properties["amount"]) for e in orders)[len(orders) // 2] < 200


def test_an_order_is_the_sum_of_its_items(demo):
    for event in demo.named("order_placed"):
        cents = [
            int(item["unit_price"].replace(".", "")) * item["quantity"]
            for item in event.properties["items"]
        ]
        paid, off = (int(event.properties[k].replace(".", "")) for k in ("amount", "discount"))
        assert sum(cents) - off == paid > 0


def test_ids_of_customers_need_every_digit(demo):
    placed = [e.sent["customer_id"] for e in demo.events if "customer_id" in e.sent]
    assert all(isinstance(customer, int) for customer in placed)
    big = {customer for customer in placed if customer > 2**53}
    assert 0.3 < len(big) / len(set(placed)) < 0.7
    # as doubles many would fall together
    assert len({float(customer) for customer in big}) < 0.5 * len(big)
    # and the clients know the same customers, by text
    assert {e.user for e in demo.events if e.source == "web" and e.user} & set(map(str, big))


def test_cancellations_follow_their_orders(demo):
    orders = {e.properties["order_id"]: e for e in demo.named("order_placed")}
    cancelled = demo.named("order_cancelled")
    waits = [e.at - orders[e.properties["order_id"]].at for e in cancelled]
    assert timedelta() < min(waits) < timedelta(hours=5)
    assert max(waits) > timedelta(days=20)


def test_orders_are_cancelled_as_often_and_as_late_as_documented():
    """Here the stream is long enough for all of them."""
    plan = make_demo.Plan(END, 210, 1_000, 7, Path(), make_demo.Format.ndjson)
    lane, orders = make_demo.Lane(plan, 0), 5_000
    for number in range(orders):
        about = {"order_id": str(number), "currency": "EUR"}
        lane.aftermath(lane.start, None, about, "placed", total=1_000, first_price=500)
    lines = [json.loads(line) for box in lane.boxes for _, line in box["server"]]
    first = datetime.combine(plan.first, datetime.min.time(), UTC)
    days = sorted(
        (utc(line["occurred_at"]) - first) / timedelta(days=1)
        for line in lines
        if line["type"] == "order_cancelled"
    )
    assert len(days) / orders == pytest.approx(0.148, abs=0.015)
    assert days[len(days) // 10] == pytest.approx(0.12, abs=1)
    assert days[len(days) // 2] == pytest.approx(9, abs=3)
    assert days[len(days) * 9 // 10] == pytest.approx(63, abs=10)


def test_guests_have_no_user(demo):
    orders = demo.named("order_placed")
    assert 0.11 < sum(e.user is None for e in orders) / len(orders) < 0.17
    assert all((e.user is None) == e.properties["is_guest"] for e in orders)


def test_some_commands_are_refused(demo):
    asked = {e.properties["checkout_id"] for e in demo.named("place_order_requested")}
    done = {e.properties["checkout_id"] for e in demo.named("order_placed")}
    assert done < asked
    assert 0.04 < 1 - len(done) / len(asked) < 0.13


def test_money_back_refers_to_an_order(demo):
    orders = {e.properties["order_id"]: e for e in demo.named("order_placed")}
    for name in ("payment_received", "payment_refunded", "chargeback_received"):
        for event in demo.named(name):
            order = orders[event.properties["order_id"]]
            assert event.at > order.at
            assert event.user == order.user
            assert float(event.properties["amount"]) <= float(order.properties["amount"])


def test_corrections_refer_to_what_they_correct(demo):
    seen = demo.first_seen
    for event in demo.named("order_corrected"):
        assert seen[event.properties["corrects_event_id"]].name == "order_placed"
        assert event.properties["amount"].startswith("-")
    corrected = [
        seen.get(e.properties["corrects_event_id"]) for e in demo.named("wallet_corrected")
    ]
    assert {None if e is None else e.name for e in corrected} >= {
        None, "wallet_deposited", "wallet_withdrawn", "wallet_corrected",
    }  # fmt: skip


def test_wallets_hold_money(demo):
    """No balance falls below what corrections may take away."""
    sign = {"wallet_deposited": 1, "wallet_withdrawn": -1, "wallet_corrected": 1}
    balances = Counter()
    for event in demo.first_seen.values():
        if event.name in sign:
            cents = int(event.properties["amount"].replace(".", ""))
            balances[event.properties["account_id"]] += sign[event.name] * cents
    assert len(balances) > 50
    assert min(balances.values()) > -2_000
    assert sum(balances.values()) > 0


def test_changes_of_customers_are_sparse_and_captured(demo):
    changes = [e.properties for e in demo.named("customer_address_changed")]
    fields = {"city", "postal_code", "address_line_2"}
    assert all(set(change) <= fields for change in changes)
    assert len({frozenset(change) for change in changes}) > 2
    assert any(None in change.values() for change in changes)
    rows = [e.properties for e in demo.named("customer_row_changed")]
    assert {row["op"] for row in rows} == {"c", "u", "d"}
    for row in rows:
        assert set(row) == {"before", "after", "op", "ts_ms"}
        assert (row["before"] is None) == (row["op"] == "c")
        assert (row["after"] is None) == (row["op"] == "d")


def test_captured_changes_of_a_customer_are_a_chain(demo):
    """What a change leaves is what the next one finds."""
    rows = defaultdict(list)
    for event in demo.named("customer_row_changed"):
        rows[event.user].append((event.at, event.properties))
    pairs = [
        (one["after"], two["before"])
        for changes in rows.values()
        for (_, one), (_, two) in pairwise(sorted(changes, key=itemgetter(0)))
    ]
    assert len(pairs) > 10
    assert all(left == found for left, found in pairs)
    # also where two visits overlap, which is rare
    customer = make_demo.Lane(make_demo.Plan(END, 1, 1, 7, Path(), "ndjson"), 0).customers[0]
    assert customer.change_at(customer.since + 10**9) < customer.change_at(customer.since + 1)


def test_names_and_versions_change_on_their_day(demo):
    renamed, v2 = FIRST + timedelta(days=20), FIRST + timedelta(days=25)
    usual = [e for e in demo.events if abs(demo.ahead(e)) < 60]
    assert all(e.at.date() < renamed for e in usual if e.name == "button_clicked")
    assert all(e.at.date() >= renamed for e in usual if e.name == "cta_clicked")
    checkouts = [e for e in usual if e.name == "checkout_completed" and e.version in (1, 2)]
    assert all(e.at.date() >= v2 for e in checkouts if e.version == 2)
    both = [{e.properties["checkout_id"]: e for e in checkouts if e.version == v} for v in (1, 2)]
    assert len(both[1].keys() & both[0].keys()) > 0.98 * len(both[1])
    pairs = [(both[0][key], new) for key, new in both[1].items() if key in both[0]]
    assert all(old.at < new.at for old, new in pairs)
    changed = sum(old.properties["amount"] != new.properties["amount"] for old, new in pairs)
    assert 0 < changed < 0.15 * len(pairs)


def test_sign_up_and_login_carry_both_ids(demo):
    users = defaultdict(set)
    for name in ("user_signed_up", "user_logged_in"):
        assert all(e.user and e.anonymous for e in demo.named(name))
        for event in demo.named(name):
            users[event.anonymous].add(event.user)
    assert max(map(len, users.values())) > 1, "no device was used by two customers"
    strangers = {e.anonymous for e in demo.events if e.anonymous and not e.user}
    signed_up = [e.anonymous in strangers for e in demo.named("user_signed_up")]
    assert sum(signed_up) > 0.9 * len(signed_up)


def test_visits_have_the_edges_that_sessions_turn_on(demo):
    visitors = defaultdict(list)
    for event in demo.first_seen.values():
        if event.source != "server" and (event.user or event.anonymous):
            visitors[event.user or event.anonymous].append(event.at)
    gaps, midnights = Counter(), 0
    for times in visitors.values():
        times.sort()
        for before, after in pairwise(times):
            gaps[after - before] += 1
            midnights += after - before < timedelta(minutes=30) and after.date() != before.date()
    assert gaps[timedelta(minutes=30)] > 10
    assert gaps[timedelta(minutes=30, milliseconds=1)] > 10
    assert gaps[timedelta()] > 100
    assert midnights > 10


def test_server_times_have_offsets(demo):
    offsets = Counter(e.sent["occurred_at"][-6:] for e in demo.events if e.source == "server")
    assert set(offsets) == {"+00:00", "+02:00", "-05:00"}


def test_the_number_of_processes_does_not_show(tmp_path):
    arguments = ("--events", 26_000, "--days", 1, "--end-date", "2026-03-01")
    for processes in (1, 2):
        done = run(*arguments, "--processes", processes, "--out", tmp_path / str(processes))
        assert done.returncode == 0, done.stderr
    one, two = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert one == two
    lanes = [
        b"".join(gzip.decompress(p.read_bytes()) for p in sorted(tmp_path.glob(f"1/*/*-00{n}.*")))
        for n in range(2)
    ]
    sources = [f"{source}-{lane:03d}.ndjson.gz" for source in KEYS for lane in range(2)]
    assert set(one) == {f"2026-03-01/{name}" for name in sources}
    ids = [re.compile(rb'"(?:messageId|event_id|id)":"(\w{20})"').findall(x) for x in lanes]
    assert len(ids[0]) > 10_000 and not set(ids[0]) & set(ids[1]), "an id in two lanes"


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path):
    small = {"events": 2_000, "days": 5}
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        make(tmp_path / name, seed=seed, **small)
    a, b, c = (digests(tmp_path / name) for name in "abc")
    assert a == b
    assert a.keys() == c.keys() and not set(a.values()) & set(c.values())


def test_the_machine_does_not_show(tmp_path):
    """One digest for all machines and versions; write it anew when the stream shall change."""
    make(tmp_path, events=2_000, days=5)
    text = json.dumps(digests(tmp_path))
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "40ed97a1f729dd1e188dba81512ed61a53cc026e9311cc6dea78cf83be3f994b"
    )


def test_ndjson_gz_is_ndjson(tmp_path):
    small = {"events": 2_000, "days": 3}
    make(tmp_path / "plain", **small)
    make(tmp_path / "gz", format=make_demo.Format.ndjson_gz, **small)
    packed = sorted((tmp_path / "gz").glob("*/*"))
    assert len(packed) == 9
    for path in packed:
        plain = tmp_path / "plain" / path.relative_to(tmp_path / "gz").with_suffix("")
        assert gzip.decompress(path.read_bytes()) == plain.read_bytes()


def test_parquet_holds_the_same_events(tmp_path):
    small = {"events": 6_000, "days": 10}
    make(tmp_path / "plain", **small)
    counts = make(tmp_path / "parquet", format=make_demo.Format.parquet, **small)
    wanted, events = [], Demo(tmp_path / "plain", {}).events
    for e in events:
        get = e.sent.get
        told = get("sentAt") or get("src_ts")
        wanted.append({
            "event_id": e.id, "event_name": e.name, "event_time": e.at, "user_id": e.user,
            "anonymous_id": e.anonymous, "src_ts": told and utc(told), "source_system": e.source,
            "schema_version": get("schema_version"), "app_version": get("app_version"),
            "platform": get("platform"), "country_code": get("country_code"),
            "page_url": get("page_url"), "properties": e.properties,
        })  # fmt: skip
    found = []
    for path in sorted((tmp_path / "parquet").glob("*/*")):
        for row in pq.read_table(path, partitioning=None).to_pylist():
            row["properties"] = json.loads(row["properties"])
            for key in ("event_time", "src_ts"):
                row[key] = row[key] and row[key].replace(tzinfo=UTC)
            found.append(row)
    assert counts.lines == counts.events == len(found) == len(wanted)
    assert sorted(map(str, found)) == sorted(map(str, wanted))


# Prints the peak of resident memory in MB. Not by getrusage: that also counts the parent's.
WRITE_AND_WEIGH = """
import re, sys
from datetime import date
from pathlib import Path
from durable_events.demo import make as m
plan = m.Plan(date(2026, 6, 30), 45, int(sys.argv[1]), 7, Path(sys.argv[2]), m.Format.ndjson)
m.write(plan, 1, lambda done: None)
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to weigh memory")
def test_memory_does_not_grow_with_the_stream(tmp_path):
    peak = {}
    for events in (20_000, 200_000):
        arguments = [events, tmp_path / str(events)]
        command = [sys.executable, "-B", "-c", WRITE_AND_WEIGH, *map(str, arguments)]
        peak[events] = int(subprocess.check_output(command, text=True))
    written = sum(path.stat().st_size for path in (tmp_path / "200000").glob("*/*")) / 1e6
    assert written > 60
    assert peak[200_000] - peak[20_000] < 0.5 * written


def test_the_command_sums_up_on_one_line_and_is_quiet_otherwise(tmp_path):
    arguments = ("--events", 500, "--days", 2, "--out", tmp_path / "demo")
    done = run(*arguments)
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(r"[\d,]+ events on [\d,]+ lines in 6 files .+ s\n", done.stdout)
    summary = json.loads(run(*arguments, "--json").stdout)
    files = list((tmp_path / "demo").glob("*/*"))
    lines = [line for path in files for line in gzip.decompress(path.read_bytes()).splitlines()]
    assert summary["files"] == len(files)
    assert summary["lines"] == len(lines)
    assert summary["bytes"] == sum(path.stat().st_size for path in files)
    assert (summary["first"], summary["last"]) == ("2026-06-29", "2026-06-30")


def test_streams_are_not_mixed(tmp_path):
    for _ in "ab":  # the same arguments may write again, and write the same
        assert run("--events", 500, "--days", 2, "--out", tmp_path).returncode == 0
        before = digests(tmp_path)
    done = run("--events", 500, "--days", 2, "--out", tmp_path, "--seed", 8)
    assert done.returncode == 2 and "--out" in done.stderr
    assert digests(tmp_path) == before


def lines_of(path: Path) -> list[str]:
    """The lines of a bundled file, whose header must tell neither a time nor a name."""
    data = path.read_bytes()
    assert data[3:8] == bytes(5)
    return gzip.decompress(data).decode().splitlines()


def test_bundled_ecom_is_whole():
    folder = ROOT / "tests" / "data" / "ecom"
    lines = lines_of(folder / "events.ndjson.gz")
    events = [json.loads(line) for line in lines]
    assert len(lines) == 31_106
    assert len(lines) - len(set(lines)) == 30
    assert len({e["user_id"] for e in events}) == 600
    assert len({e["properties"]["session_id"] for e in events}) == 3_605
    assert all(e["user_id"].startswith("ecom-") and e["source_system"] == "ecom" for e in events)
    assert not any("event_id" in e for e in events)
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "Retentioneering" in (folder / "NOTICE").read_text()
    assert "31,106" in (folder / "README.md").read_text()


def test_bundled_cdnow_is_whole():
    folder = ROOT / "tests" / "data" / "cdnow"
    events = [json.loads(line) for line in lines_of(folder / "purchases.ndjson.gz")]
    assert len(events) == len({e["event_id"] for e in events}) == 69_659
    assert len({e["user_id"] for e in events}) == 23_570
    assert {e["event_name"] for e in events} == {"purchase_recorded"}
    assert sum(e["properties"]["quantity"] for e in events) == 167_881
    cents = sum(int(e["properties"]["amount"].replace(".", "")) for e in events)
    assert cents == 250_031_563
    assert "MIT License" in (folder / "LICENSE").read_text()
    assert "69,659" in (folder / "README.md").read_text()


def test_conversion_keeps_what_the_source_says(tmp_path):
    row = {"user_id": "user_1", "session_id": "s1", "event": "home", "platform": "mobile"}
    (event,) = convert_ecom.events([row | {"timestamp": "2024-03-13 10:21:14"}])
    assert event == {
        "event_name": "home", "event_time": "2024-03-13T10:21:14", "user_id": "ecom-user_1",
        "source_system": "ecom", "platform": "mobile", "properties": {"session_id": "s1"},
    }  # fmt: skip
    text = [" customer_id  date number_of_cds  dollar_value", " 00002 19970112  1   12.00"]
    (purchase,) = convert_cdnow.purchases(text)
    assert purchase == {
        "event_id": "cdnow-2", "event_name": "purchase_recorded", "event_time": "1997-01-12",
        "user_id": "cdnow-00002", "source_system": "cdnow",
        "properties": {"quantity": 1, "amount": "12.00", "currency": "USD"},
    }  # fmt: skip
    for name in "ab":
        assert convert_ecom.write_lines(tmp_path / name, [event, purchase]) == 2
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
