"""What is derived from events: money, accounts, histories, users. Each against plain loops."""

import json
import os
import random
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

# a stream of each kind and some moments in every run of the tests, more in `make prove`
EXAMPLES = int(os.environ.get("DURABLE_EVENTS_EXAMPLES", "2"))
SEEDS = range(1, max(2, EXAMPLES // 10))
MOMENTS = 1000 if EXAMPLES >= 10 else 300
pytestmark = pytest.mark.shop
# families of tables, with what they are made from
REVENUE, USERS = ("+daily_revenue",), ("+users", "+resolved_users")
ACCOUNTS = ("+account_balances", "+account_balance_snapshots")
CUSTOMERS = ("+customer_history", "+customer_profile_history")
NOON = datetime.fromisoformat("2025-05-01T12:00:00")


def at(days: float) -> str:
    """A time so many days after the first."""
    return (NOON + timedelta(days=days)).isoformat()


def order(event_id: str, order_id: str, days: float, amount, name: str = "order_placed", **more):
    """An order, or what compensates it."""
    payload = {"order_id": order_id, "amount": amount, "currency": "EUR"} | more
    return {"id": event_id, "type": name, "occurred_at": at(days), "payload": payload}


def wallet(event_id: str, account: str, days: float, amount) -> dict:
    """A change of an account."""
    payload = {"account_id": account, "amount": amount, "currency": "EUR"}
    event = {"id": event_id, "type": "wallet_corrected", "occurred_at": at(days)}
    return event | {"payload": payload}


def revenue(trial, columns: str = "booked_amount, restated_amount, load_id") -> dict:
    """What gold.daily_revenue tells, by day after the first."""
    rows = trial.warehouse.rows(
        f"select event_date - date '2025-05-01', {columns} from gold.daily_revenue order by all"
    )
    return {day: tuple(values) for day, *values in rows}


def findings(trial) -> dict[str, str | None]:
    """What is odd about each compensation."""
    return dict(
        trial.warehouse.rows(
            "select event_id, finding from silver.money_entries where is_compensation"
        )
    )


@pytest.mark.only(*REVENUE)
def test_a_correction_touches_its_date_and_that_of_the_original(trial):
    """And no other: not those between, not those of other orders."""
    orders = [order(f"o{day}", f"order {day}", day, "100.00") for day in range(0, 100, 10)]
    trial.land("orders.ndjson", orders)
    trial.run()
    cut = order("c", "order 0", 90, "-12.345", "order_corrected", corrects_event_id="o0")
    trial.land("correction.ndjson", [cut])
    trial.run()
    hundred, less = Decimal(100), Decimal("87.655")
    as_before = {day: (hundred, hundred, 1) for day in range(10, 90, 10)}  # noqa: C420
    assert revenue(trial) == as_before | {0: (hundred, less, 2), 90: (less, hundred, 2)}
    assert findings(trial) == {"c": None}
    trial.check(rebuild=True)


@pytest.mark.only(*REVENUE)
def test_every_kind_of_correction_has_an_outcome(trial):
    """Before its original, twice, of nothing known, of a correction, of more than there was."""
    fix = {"name": "order_corrected"}
    early = order("early", "a", 5, "-1", **fix, corrects_event_id="A")
    trial.land("1.ndjson", [early, order("lost", "gone", 6, "7.00", "order_cancelled")])
    trial.run()
    assert findings(trial) == {"early": "unknown_original", "lost": "unknown_original"}
    assert revenue(trial) == {5: (-1, -1, 1), 6: (-7, -7, 1)}
    again = order("again", "b", 8, "10", "order_cancelled")
    trial.land(
        "2.ndjson",
        [
            order("A", "a", 0, "10"),
            order("B", "b", 1, "10"),
            order("of one", "a", 7, "0.5", **fix, corrects_event_id="early"),
            order("whole", "b", 7, "10", "order_cancelled"),
            again,
            again,
            order("dollars", "a", 7, "-1", **fix, corrects_event_id="A", currency="USD"),
            order("unclear", "a", 7, "some", **fix, corrects_event_id="A"),
            order("self", "x", 9, "1", **fix, corrects_event_id="self"),
            order("ring 1", "x", 9, "1", **fix, corrects_event_id="ring 2"),
            order("ring 2", "x", 9, "1", **fix, corrects_event_id="ring 1"),
        ],
    )
    trial.run()
    assert findings(trial) == {
        "early": "came_before_original",
        "lost": "unknown_original",
        "of one": "corrects_a_correction",
        "whole": None,
        "again": "repeats_correction, exceeds_original",
        "dollars": "other_currency",
        "unclear": "no_amount",
        "self": "unknown_original",
        "ring 1": "unknown_original, corrects_a_correction",
        "ring 2": "unknown_original, corrects_a_correction",
    }
    # each counts once, as sent: what is sent twice is a duplicate, and no entry
    euros = trial.warehouse.rows(
        "select sum(booked_amount), sum(restated_amount) from gold.daily_revenue "
        "where currency = 'EUR'"
    )
    assert euros == [(Decimal("-4.5"), Decimal("-4.5"))]
    restated = "restated_date, restated_amount"
    assert trial.warehouse.rows(
        "select event_date - date '2025-05-01', restated_amount from gold.daily_revenue "
        "where currency = 'EUR' and restated_amount <> 0 order by all"
    ) == [(0, Decimal("9.5")), (1, Decimal(-10)), (6, Decimal(-7)), (9, Decimal(3))], restated
    trial.check(rebuild=True)


@pytest.mark.only(*REVENUE)
def test_payments_refunds_and_chargebacks(trial):
    about = {"payment_id": "p"}
    trial.land(
        "1.ndjson",
        [
            order("paid", "a", 0, "20.00", "payment_received", **about),
            order("back", "a", 3, "5", "payment_refunded", **about),
            order("charged back", "a", 9, "15", "chargeback_received", **about),
        ],
    )
    trial.run()
    columns = "payment_count, payment_amount, paid_booked_amount, paid_restated_amount"
    assert revenue(trial, columns) == {
        0: (1, 20, 20, 0),
        3: (0, 0, -5, 0),
        9: (0, 0, -15, 0),
    }
    assert set(findings(trial).values()) == {None}
    trial.check()


@pytest.mark.only(*REVENUE)
def test_money_that_gets_another_name_counts_no_more_and_comes_back(trial):
    lines = [
        order("A", "a", 0, "10"),
        order("gone", "a", 4, "4", "sale_cancelled"),
        order("B", "b", 2, "3", "sale"),
        order("fix", "b", 8, "1", "order_corrected", corrects_event_id="B"),
    ]
    trial.land("1.ndjson", lines)
    trial.run()
    assert findings(trial) == {"fix": "unknown_original"}
    plain = revenue(trial, "booked_amount, restated_amount")
    assert plain == {0: (10, 10), 8: (1, 1)}
    trial.register({}, {"sale": "order_placed", "sale_cancelled": "order_cancelled"})
    trial.run()
    both = revenue(trial, "booked_amount, restated_amount")
    assert both == {0: (10, 6), 2: (3, 4), 4: (-4, 0), 8: (1, 0)}
    trial.check()
    trial.register({}, {"order_placed": "sale"})
    trial.run()
    trial.check()
    trial.register({}, {})
    trial.run()
    assert revenue(trial, "booked_amount, restated_amount") == plain | {2: (0, 0), 4: (0, 0)}
    trial.check(rebuild=True)


def random_money(dice: random.Random, number: int) -> dict:
    """An entry out of few ids, so that they meet: some correct each other, or what never came."""
    name = dice.choice(
        ["order_placed", "order_cancelled", "order_corrected", "payment_received"]
        + ["payment_refunded", "wallet_deposited", "wallet_withdrawn", "wallet_corrected"] * 2
    )
    payload = {
        "amount": dice.choice(["1.00", "2.50", 3, -4, "0.0001", "many"]),
        "currency": dice.choice(["EUR", "EUR", "USD", None]),
        "order_id": f"o{dice.randrange(6)}",
        "payment_id": f"p{dice.randrange(6)}",
        "account_id": dice.choice(["a", "b", "c", "d", 7, None]),
    }
    if "corrected" in name or dice.random() < 0.05:
        payload["corrects_event_id"] = f"e{dice.randrange(number + 12)}"
    if dice.random() < 0.1:
        del payload["amount"]
        payload["items"] = [{"quantity": dice.choice([2, "x"]), "unit_price": "1.25"}]
    time = NOON + timedelta(hours=6 * dice.randrange(60), microseconds=dice.randrange(2))
    event = {"id": f"e{number}", "type": name, "occurred_at": time.isoformat(), "source": "t"}
    if dice.random() < 0.1:
        return event | payload
    return event | {"payload": payload}


@pytest.mark.only(*REVENUE, *ACCOUNTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_random_streams(trial, seed):
    """Loads in any order, with repeats, reconciled and renamed on the way."""
    dice = random.Random(seed)
    lines = [random_money(dice, number) for number in range(240)]
    dice.shuffle(lines)
    trial.land("1.ndjson", lines[:120])
    trial.run()
    trial.land("2.ndjson", lines[100:121])
    trial.run()
    trial.register({}, {"wallet_corrected": "wallet_fixed", "payment_refunded": "order_cancelled"})
    trial.land("3.ndjson", lines[110:220])
    trial.run()
    trial.check()
    trial.register({}, {})
    trial.land("4.ndjson", lines[200:])
    trial.run()
    trial.check(rebuild=True)


@pytest.mark.only(*ACCOUNTS)
def test_snapshots_go_on_with_the_calendar(trial):
    """An account without entries for days, one that comes back, and a late entry in between."""
    trial.land("1.ndjson", [wallet("a1", "a", 0, "5"), wallet("b1", "b", 1, "7")])
    trial.run()
    trial.land("2.ndjson", [wallet("a2", "a", 5, "1")])
    trial.run()
    trial.land("3.ndjson", [wallet("b2", "b", 9, "1"), wallet("a3", "a", 3, "-2")])
    trial.warehouse.execute("update gold.account_balance_snapshots set entry_count = -1")
    trial.run()
    rewritten = trial.warehouse.rows(
        "select account_id, snapshot_date - date '2025-05-01', balance "
        "from gold.account_balance_snapshots where entry_count > 0 order by all"
    )
    since_late = [("a", day, Decimal(3 if day < 5 else 4)) for day in range(3, 10)]
    assert [row for row in rewritten if row[0] == "a"] == since_late
    assert [row for row in rewritten if row[0] == "b"] == [("b", 9, Decimal(8))]
    trial.run("--full-refresh", "--select", "account_balance_snapshots")
    trial.check(rebuild=True)


def believed(entries: list[tuple], time: datetime, load_id: int) -> dict:
    """Balances by account as of a moment and a load, from all entries there are."""
    balances = {}
    for account, currency, event_time, known_load_id, amount in entries:
        if event_time <= time and known_load_id <= load_id:
            key = (account, currency)
            balances[key] = balances.get(key, 0) + (amount or 0)
    return balances


@pytest.mark.only(*ACCOUNTS)
def test_balances_as_of_any_moment_by_both_clocks(trial):
    """At random moments, as known now and at each load, they equal the sum over all entries."""
    dice = random.Random(7)
    lines = [line for n in range(600) if "wallet" in (line := random_money(dice, n))["type"]]
    dice.shuffle(lines)
    for load in range(4):
        trial.land(f"{load}.ndjson", lines[load::4])
        trial.run()
    entries = trial.warehouse.rows(
        "select account_id, currency, event_time, entry_load_id, amount from silver.money_entries "
        "where book = 'wallet' and account_id is not null"
    )
    assert len(entries) > 200
    as_of = "'cast($at as timestamp)'"
    of = "ref('account_entries'), ref('account_balance_snapshots')"
    now = trial.warehouse.sql(f"{{{{ balance_as_of({of}, {as_of}) }}}}")
    then = trial.warehouse.sql(f"{{{{ balance_as_of({of}, {as_of}, known_at_load='$load') }}}}")
    compared = 0
    with duckdb.connect(str(trial.warehouse.database), read_only=True) as connection:
        with pytest.raises(duckdb.Error, match=r"There was no load 5 yet\. The newest: 4"):
            connection.execute(then, {"at": NOON, "load": 5})
        for _ in range(MOMENTS):
            hours, micros = 6 * dice.randrange(-4, 70), dice.randrange(3)
            time = NOON + timedelta(hours=hours, microseconds=micros)
            known = dice.choice([0, 1, 2, 3, 4])
            for query, load, more in ((now, 4, {}), (then, known, {"load": known})):
                told = connection.execute(query, {"at": time} | more).fetchall()
                expected = believed(entries, time, load)
                assert {
                    (account, currency): sum_ for account, currency, sum_, _ in told
                } == expected
                compared += len(expected)
    assert compared > 5 * MOMENTS


@pytest.mark.only(*ACCOUNTS, *CUSTOMERS)
def test_the_lines_behind_a_state_lead_to_it(trial):
    """Read from the landed files by name and line number, and added up by plain Python."""
    dice = random.Random(5)
    kinds = [random_money, random_change]
    lines = [dice.choice(kinds)(dice, number) for number in range(400)]
    trial.land("a.ndjson", lines[:250])
    trial.run()
    trial.land("b.ndjson", lines[250:] + lines[:9])
    trial.run()
    warehouse = trial.warehouse
    row_id = "'coalesce(id_after, id_before)'"
    sql = {
        kind: warehouse.sql(f"{{{{ {call} }}}}")
        for kind, call in {
            "balance": "balance_as_of(ref('account_entries'), ref('account_balance_snapshots'), "
            "'cast($at as timestamp)', '$of')",
            "account": "balance_events(ref('account_entries'), 'cast($at as timestamp)', '$of')",
            "row": "state_events(ref('customer_row_changed'), "
            f"{row_id}, '$of', 'cast($at as timestamp)')",
            "profile": "state_events(ref('customer_profile_changes'), "
            "'user_key', '$of', 'cast($at as timestamp)')",
        }.items()
    }
    compared = Counter()
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:

        def told(kind: str, entity: str, time: datetime) -> list[tuple]:
            return connection.execute(sql[kind], {"at": time, "of": entity}).fetchall()

        def sent(kind: str, entity: str, time: datetime) -> list[dict]:
            """The lines behind a state, in the order in which they happened."""
            found = []
            for event_id, _, event_time, _, file_name, line_number, _, payload in told(
                kind, entity, time
            ):
                line = (warehouse.landing / file_name).read_text().split("\n")[line_number - 1]
                assert line == payload
                found.append((event_time, event_id, json.loads(line)))
            return [line for _, _, line in sorted(found, key=lambda row: row[:2])]

        for _ in range(100):
            time = NOON + timedelta(hours=dice.randrange(400))
            account = dice.choice("abcd7")
            balances = {row[1]: row[2] for row in told("balance", account, time)}
            sums = defaultdict(Decimal)
            for line in sent("account", account, time):
                payload = line.get("payload", line)
                sums[payload["currency"] or "XXX"] += signed_amount(line["type"], payload)
            assert balances == sums
            compared["balance"] += len(sums)
        for table, kind, state in (
            ("customer_history", "row", ("email", "plan", "city", "postal_code")),
            ("customer_profile_history", "profile", ("city", "address_line_2", "plan")),
        ):
            rows = warehouse.rows(f"select * exclude (load_id) from silver.{table}")
            names = [name for name, *_ in warehouse.rows(f"describe silver.{table}")]
            for row in (dict(zip(names, row, strict=False)) for row in rows):
                entity = row.get("customer_id") or row.get("user_key")
                now = replayed(sent(kind, entity, row["valid_from"]))
                assert {name: now.get(name) for name in state} == {n: row[n] for n in state}
                compared[kind] += 1
    assert min(compared["balance"], compared["row"], compared["profile"]) > 30


def signed_amount(name: str, payload: dict) -> Decimal:
    """What an entry of a wallet adds; nothing if that can't be read."""
    text = str(payload.get("amount", ""))
    if "amount" not in payload and payload["items"][0]["quantity"] == 2:
        text = "2.50"
    if not re.fullmatch("-?[0-9.]+", text):
        return Decimal(0)
    return -abs(Decimal(text)) if name == "wallet_withdrawn" else Decimal(text)


def replayed(lines: list[dict]) -> dict:
    """The state that changes lead to."""
    now = {}
    for line in lines:
        change = line["payload"]
        if line["type"] == "customer_row_changed":
            if change.get("op") == "d":
                now = {}
            elif change.get("op") in ("c", "u", "r") and isinstance(change.get("after"), dict):
                now = change["after"]
            continue
        for key, value in change.items():
            if not isinstance(value, list):
                now[key.removeprefix("to_")] = value
    return now


def seen(event_id: str, hours: float, user: str | None, device: str | None, name: str = "seen"):
    """An event of a user, of a device or of both."""
    event = {"id": event_id, "type": name, "occurred_at": at(hours / 24)}
    return event | {"userId": user, "anonymousId": device}


@pytest.mark.only("+resolved_users")
def test_a_device_that_two_users_share(trial):
    """It is whose login was last; what came before the first login is the first user's."""
    logged_in = "user_logged_in"
    trial.land(
        "1.ndjson",
        [
            seen("before", 0, None, "phone"),
            seen("between", 2, None, "phone"),
            seen("second", 3, "eve", "phone", logged_in),
            seen("after", 4, None, "phone"),
            seen("elsewhere", 4, None, "laptop"),
        ],
    )
    trial.run()

    def whose() -> dict:
        return dict(
            trial.warehouse.rows("select event_id, resolved_user_id from silver.resolved_events")
        )

    is_eves = dict.fromkeys(["before", "between", "second", "after"], "eve")
    assert whose() == is_eves | {"elsewhere": "laptop"}
    # an earlier sign-up, that comes late
    trial.land("2.ndjson", [seen("first", 1, "ada", "phone", "user_signed_up")])
    trial.run()
    is_adas = dict.fromkeys(["before", "first", "between"], "ada")
    assert whose() == is_eves | is_adas | {"elsewhere": "laptop"}
    assert trial.warehouse.rows(
        "select user_id, state_number, valid_to is null from silver.user_identities order by 2"
    ) == [("ada", 1, False), ("eve", 2, True)]
    # a login under another name is none
    trial.register({}, {"user_logged_in": "door_opened"})
    trial.run()
    assert set(whose().values()) == {"ada", "eve", "laptop"}
    assert whose()["after"] == "ada"
    trial.check(rebuild=True)


def random_sight(dice: random.Random, number: int) -> dict:
    """An event of few users and devices, at few moments."""
    name = dice.choice(["seen", "seen", "user_logged_in", "user_signed_up"])
    user, device = dice.choice(["u", "v", 3, None]), dice.choice(["x", "y", "z", None])
    return seen(f"s{number}", 5 * dice.randrange(60), user, device, name)


def random_change(dice: random.Random, number: int) -> dict:
    """A change of a customer, of few fields and values, at few moments."""
    name = dice.choice(["customer_row_changed", "customer_address_changed", "plan_changed"])
    customer = dice.choice([1, 2, 3, "4"])
    values = ["a", "b", None, ["no text"]]
    fields = ("city", "postal_code", "address_line_2", "to_plan")
    payload = {key: dice.choice(values) for key in fields if dice.random() < 0.4}
    if name == "customer_row_changed":
        row = {"id": customer} | {key: dice.choice("ab") for key in ("email", "plan", "city")}
        op = dice.choice("ccuurdd?")
        payload = {"op": op, "before": row, "after": None if op == "d" else row}
        if dice.random() < 0.1:
            del payload[dice.choice(["op", "before", "after"])]
        elif dice.random() < 0.1:
            payload["after"] = "no row"
    event = {"id": f"c{number}", "type": name, "customer_id": customer}
    time = NOON + timedelta(hours=8 * dice.randrange(40))
    return event | {"occurred_at": time.isoformat(), "payload": payload}


@pytest.mark.only(*CUSTOMERS, *USERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_random_changes_and_logins(trial, seed):
    """Late, out of order, at one moment, deleted and back; some under another name for a while."""
    dice = random.Random(seed)
    kinds = [random_change, random_sight]
    lines = [dice.choice(kinds)(dice, number) for number in range(300)]
    trial.land("1.ndjson", lines[:130])
    trial.run()
    away = {"plan_changed": "chosen", "customer_row_changed": "changed", "user_signed_up": "new"}
    trial.register({}, away)
    trial.land("2.ndjson", lines[120:220])
    trial.run()
    trial.check()
    trial.register({}, {"changed": "customer_row_changed"})
    trial.land("3.ndjson", lines[220:])
    trial.run()
    trial.run("--event-time-start", "2025-05-03", "--event-time-end", "2025-05-06")
    trial.check(rebuild=True)
    broken = trial.warehouse.rows(
        "select * from silver.customer_history as one join silver.customer_history as next "
        "on one.customer_id = next.customer_id and one.state_number + 1 = next.state_number "
        "where one.valid_to is distinct from next.valid_from or one.valid_to <= one.valid_from"
    )
    assert broken == []
