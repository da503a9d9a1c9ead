"""The oracle's part for what is derived from events: money, accounts, histories, users."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise

from oracle_values import DAY, Members, at, cast, parsed
from warehouse import settings

STATE_COLUMNS = {
    "silver.money_entries": "event_id event_name book event_time event_date user_key account_id "
    "order_id payment_id amount currency is_compensation corrects_event_id original_event_id "
    "restated_date finding own_group_id group_id admitted_load_id renamed_load_id entry_load_id "
    "load_id",
    "silver.revenue_date_ledger": "event_date load_id",
    "gold.daily_revenue": "event_date currency order_count booked_amount restated_amount "
    "payment_count payment_without_amount_count payment_amount paid_booked_amount "
    "paid_restated_amount load_id",
    "silver.account_entries": "account_id currency entry_number event_id event_name event_time "
    "event_date amount balance known_load_id load_id",
    "gold.account_balance_snapshots": "account_id currency snapshot_date balance entry_count "
    "load_id",
    "gold.account_balances": "account_id currency balance entry_count last_entry_at load_id",
    "silver.customer_history": "customer_id state_number email plan city postal_code is_deleted "
    "valid_from valid_to event_id event_date load_id",
    "silver.customer_profile_changes": "event_id event_name event_time event_date user_key city "
    "has_city postal_code has_postal_code address_line_2 has_address_line_2 plan has_plan load_id",
    "silver.customer_profile_history": "user_key state_number city postal_code address_line_2 plan "
    "valid_from valid_to event_id event_date load_id",
    "silver.identifications": "event_id event_name event_time event_date anonymous_id user_id "
    "load_id",
    "silver.user_identities": "anonymous_id state_number user_id valid_from valid_to event_id "
    "event_date load_id",
    "silver.users": "user_key first_seen_at last_seen_at first_seen_date event_count "
    "session_count load_id",
    "silver.resolved_events": "event_id event_name event_time event_date resolved_user_id "
    "is_anonymous user_id anonymous_id load_id",
    "silver.resolved_users": "resolved_user_id is_anonymous first_seen_at last_seen_at event_count "
    "day_count device_count load_id",
}
VARS = settings()
MONEY = VARS["money_events"]
AMOUNT = "decimal(18,4)"
REVENUE = ("orders", "payments")


def state(found: dict[str, list[dict]]) -> None:
    """All tables of state, from the events and the ledger of their dates."""
    money(found)
    revenue(found)
    accounts(found)
    customers(found)
    users(found)


# ---- entries


def money(found: dict[str, list[dict]]) -> None:
    """The entries, and for each what it compensates."""
    entries = {}
    for event in found["silver.events"]:
        if event["event_name"] in MONEY:
            entries[event["event_id"]] = entry_of(event, MONEY[event["event_name"]])
        elif event["renamed_load_id"] and event["former_names"] & MONEY.keys():
            entries[event["event_id"]] = entry_of(event, None)
    groups = defaultdict(list)
    for entry in entries.values():
        entry["group_id"] = group_of(entry, entries)
        groups[entry["group_id"]].append(entry)
    for group in groups.values():
        settle(group, entries)
    found["silver.money_entries"] = list(entries.values())


def entry_of(event: dict, kind: dict | None) -> dict:
    """An event as an entry of its book; without a kind, as one that moves no money any more."""
    text = event["context_json"] if event["properties"] is None else event["properties"]
    payload = parsed(text)
    if not isinstance(payload, Members):
        payload = Members()

    def value(name: str, data_type: str = "varchar"):
        return cast(at(payload, f"$.{name}"), data_type)

    entry = event | {"book": None, "amount": None, "is_compensation": False}
    for name in ("account_id", "order_id", "payment_id", "corrects_event_id"):
        entry[name] = value(name)
    entry["currency"] = (value("currency") or "").strip(" ") or "XXX"
    entry["entry_load_id"] = event["load_id"]
    entry["own_group_id"] = f"event_id:{event['event_id']}"
    if kind:
        amount = value("amount", AMOUNT)
        if amount is None:
            amount = sum_of(at(payload, "$.items"))
        if amount is not None and kind["sign"] < 0:
            amount = -abs(amount)
        key = kind.get("key")
        entry |= {"book": kind["book"], "amount": amount}
        has_key = key is not None and entry[key] is not None
        if has_key:
            entry["own_group_id"] = f"{key}:{entry[key]}"
        names_key = has_key and kind.get("compensates", False)
        entry["is_compensation"] = entry["corrects_event_id"] is not None or names_key
    return entry


def sum_of(items) -> Decimal | None:
    """What the lines of an order come to, None if one of them can't be read."""
    if not isinstance(items, list) or isinstance(items, Members) or not items:
        return None
    total = Decimal(0)
    for item in items:
        quantity = cast(at(item, "$.quantity"), "integer")
        price = cast(at(item, "$.unit_price"), AMOUNT)
        if quantity is None or price is None:
            return None
        total += quantity * price
    return cast(f"{total:f}", AMOUNT)


def corrected_by(entry: dict, entries: dict[str, dict]) -> dict | None:
    """The entry that an entry says it corrects, if there is one in its book."""
    other = entries.get(entry["corrects_event_id"])
    if other is None or other is entry or entry["book"] is None or other["book"] != entry["book"]:
        return None
    return other


def group_of(entry: dict, entries: dict[str, dict]) -> str:
    """What an entry belongs to: by what it corrects, its key, or alone."""
    seen = set()
    while (corrected := corrected_by(entry, entries)) is not None:
        if entry["event_id"] in seen:
            return "circular"
        seen.add(entry["event_id"])
        entry = corrected
    return entry["own_group_id"]


def settle(group: list[dict], entries: dict[str, dict]) -> None:
    """The original of a group's compensations, and what is odd about each entry."""
    group.sort(key=lambda entry: (entry["event_time"], entry["event_id"]))
    load_id = max(entry["entry_load_id"] for entry in group)
    compensated = any(entry["is_compensation"] for entry in group)
    firsts = [entry for entry in group if not entry["is_compensation"]]
    amounts = [entry["amount"] for entry in firsts if entry["amount"] is not None]
    begin = so_far = sum(amounts) if amounts else None
    original = next((entry for entry in firsts if entry["book"]), None)
    seen = set()
    for entry in group:
        entry["load_id"] = load_id if compensated else entry["entry_load_id"]
        entry["original_event_id"], entry["restated_date"] = None, entry["event_date"]
        kind = MONEY.get(entry["event_name"], {})
        odd = {
            "has_another_name": entry["book"] is None,
            "no_amount": entry["book"] is not None and entry["amount"] is None,
            "no_account": bool(kind.get("account")) and entry["account_id"] is None,
        }
        if entry["is_compensation"]:
            odd["unknown_original"] = original is None
            if original is not None:
                entry["original_event_id"] = original["event_id"]
                entry["restated_date"] = original["event_date"]
                before = entry["admitted_load_id"] < original["admitted_load_id"]
                odd["came_before_original"] = before
            corrected = corrected_by(entry, entries)
            odd["corrects_a_correction"] = bool(corrected and corrected["is_compensation"])
            names = ("event_name", "corrects_event_id", "amount", "currency")
            same = tuple(entry[name] for name in names)
            odd["repeats_correction"] = same in seen
            seen.add(same)
            if begin is not None:
                so_far += entry["amount"] or 0
                odd["exceeds_original"] = begin * so_far < 0
            odd["other_currency"] = bool(original and original["currency"] != entry["currency"])
        entry["finding"] = ", ".join(name for name, is_so in odd.items() if is_so) or None


# ---- revenue


def revenue(found: dict[str, list[dict]]) -> None:
    """Booked and restated, by date and currency."""
    entries = [
        entry for entry in found["silver.money_entries"] if entry["book"] in (*REVENUE, None)
    ]
    renamed = max((entry["renamed_load_id"] or 0 for entry in entries), default=0)
    touches = [(entry["event_date"], max(entry["load_id"], renamed)) for entry in entries]
    touches += [(entry["restated_date"], entry["load_id"]) for entry in entries]
    newest: dict[date, int] = {}
    for day, load_id in touches:
        newest[day] = max(load_id, newest.get(day, 0))
    days = defaultdict(lambda: ([], []))
    for entry in entries:
        if entry["book"] is None:
            continue
        days[entry["event_date"], entry["currency"]][0].append(entry)
        days[entry["restated_date"], entry["currency"]][1].append(entry)
    for day in newest.keys() - {day for day, _ in days}:
        days[day, "XXX"] = ([], [])
    for (day, currency), (booked, restated) in days.items():
        payments = [entry for entry in booked if entry["event_name"] == "payment_received"]
        found["gold.daily_revenue"].append(
            {
                "event_date": day,
                "currency": currency,
                "order_count": sum(entry["event_name"] == "order_placed" for entry in booked),
                "booked_amount": total(booked, "orders"),
                "restated_amount": total(restated, "orders"),
                "payment_count": len(payments),
                "payment_without_amount_count": sum(entry["amount"] is None for entry in payments),
                "payment_amount": total(payments, "payments"),
                "paid_booked_amount": total(booked, "payments"),
                "paid_restated_amount": total(restated, "payments"),
                "load_id": newest[day],
            }
        )
    found["silver.revenue_date_ledger"] = [
        {"event_date": day, "load_id": load_id} for day, load_id in newest.items()
    ]


def total(entries: list[dict], book: str) -> Decimal:
    """What the entries of a book add up to."""
    return sum((entry["amount"] or 0 for entry in entries if entry["book"] == book), Decimal(0))


# ---- accounts


def accounts(found: dict[str, list[dict]]) -> None:
    """Running balances, and what they were at the end of each day."""
    by_account = defaultdict(list)
    for entry in found["silver.money_entries"]:
        if entry["account_id"] is not None and (
            entry["book"] == "wallet" or entry["renamed_load_id"]
        ):
            amount = entry["amount"] if entry["book"] == "wallet" else None
            row = entry | {"amount": amount, "known_load_id": entry["entry_load_id"]}
            by_account[entry["account_id"], entry["currency"]].append(row)
    last = max((row["event_date"] for rows in by_account.values() for row in rows), default=None)
    for rows in by_account.values():
        rows.sort(key=lambda row: (row["event_time"], row["event_id"]))
        balance, load_id = Decimal(0), 0
        for number, row in enumerate(rows, start=1):
            balance += row["amount"] or 0
            load_id = max(load_id, row["known_load_id"])
            row |= {"entry_number": number, "balance": balance, "load_id": load_id}
            row |= {"entry_count": number, "last_entry_at": row["event_time"]}
        found["silver.account_entries"] += rows
        found["gold.account_balances"].append(rows[-1])
        for row, after in pairwise([*rows, None]):
            end = after["event_date"] if after else last + DAY
            for past in range((end - row["event_date"]).days):
                snapshot_date = row["event_date"] + past * DAY
                snapshot = row | {"snapshot_date": snapshot_date}
                found["gold.account_balance_snapshots"].append(snapshot)


# ---- histories


def customers(found: dict[str, list[dict]]) -> None:
    """What each customer's row was when, and what the address and plan were."""
    rows, profiles = defaultdict(list), defaultdict(list)
    for event in found["silver.events"]:
        payload = parsed(event["properties"]) if event["properties"] is not None else None
        if event["event_name"] == "customer_row_changed":
            change = row_change(event, payload)
            if change:
                rows[change["customer_id"]].append(change)
        elif event["event_name"] in PROFILE_EVENTS and event["user_key"] is not None:
            change = profile_change(event, payload)
            found["silver.customer_profile_changes"].append(change)
            profiles[event["user_key"]].append(change)
    for changes in rows.values():
        found["silver.customer_history"] += history(changes, ROW, sparse=False)
    for changes in profiles.values():
        found["silver.customer_profile_history"] += history(changes, PROFILE, sparse=True)


ROW = ("email", "plan", "city", "postal_code")
PROFILE = {"city": "city", "postal_code": "postal_code", "address_line_2": "address_line_2"}
PROFILE |= {"plan": "to_plan"}
PROFILE_EVENTS = ("customer_address_changed", "plan_changed")


def row_change(event: dict, payload) -> dict | None:
    """A change of a row, None if it does not say what was done to which."""
    op, after = cast(at(payload, "$.op"), "varchar"), at(payload, "$.after")
    ids = [cast(at(payload, f"$.{side}.id"), "varchar") for side in ("after", "before")]
    customer_id = next((value for value in ids if value is not None), None)
    is_whole = op == "d" or (op in ("c", "u", "r") and isinstance(after, list))
    if customer_id is None or not is_whole:
        return None
    change = event | {"customer_id": customer_id, "is_deleted": op == "d"}
    return change | {name: cast(at(after, f"$.{name}"), "varchar") for name in ROW}


def profile_change(event: dict, payload) -> dict:
    """What a change says of each field."""
    change = event | {"is_deleted": False}
    sent = dict(reversed(payload)) if isinstance(payload, Members) else {}
    for name, key in PROFILE.items():
        change[name] = cast(at(payload, f"$.{key}"), "varchar")
        is_null = key in sent and sent[key] is None
        change[f"has_{name}"] = change[name] is not None or is_null
    return change


def history(changes: list[dict], attributes, *, sparse: bool) -> list[dict]:
    """The states of an entity: each begins where the one before it ends."""
    changes.sort(key=lambda change: (change["event_time"], change["event_id"]))
    load_id = max(change["load_id"] for change in changes)
    state, states = dict.fromkeys(attributes), []
    for change, after in pairwise([*changes, None]):
        if change["is_deleted"]:
            state = dict.fromkeys(attributes)
        else:
            for name in attributes:
                if not sparse or change[f"has_{name}"]:
                    state[name] = change[name]
        if after and after["event_time"] == change["event_time"]:
            continue
        now = state | {"is_deleted": change["is_deleted"]}
        if states and all(states[-1][name] == value for name, value in now.items()):
            continue
        if states:
            states[-1]["valid_to"] = change["event_time"]
        about = {"valid_from": change["event_time"], "valid_to": None, "load_id": load_id}
        states.append(change | now | about | {"state_number": len(states) + 1})
    return states


# ---- users


def users(found: dict[str, list[dict]]) -> None:
    """Who was seen when, and which device was whose when."""
    by_user, by_device, by_person = defaultdict(list), defaultdict(list), defaultdict(list)
    for session in found["silver.sessions"]:
        by_user[session["user_key"]].append(session)
    for user_key, sessions in by_user.items():
        first = min(session["started_at"] for session in sessions)
        row = {
            "user_key": user_key,
            "first_seen_at": first,
            "first_seen_date": first.date(),
            "last_seen_at": max(session["ended_at"] for session in sessions),
            "event_count": sum(session["event_count"] for session in sessions),
            "session_count": len(sessions),
            "load_id": max(session["load_id"] for session in sessions),
        }
        found["silver.users"].append(row)
    telling = VARS["identifying_events"]
    for event in found["silver.events"]:
        ids = (event["user_id"], event["anonymous_id"])
        if (telling is None or event["event_name"] in telling) and None not in ids:
            found["silver.identifications"].append(event)
            by_device[event["anonymous_id"]].append(event | {"is_deleted": False})
    spans = {device: history(seen, ["user_id"], sparse=False) for device, seen in by_device.items()}
    found["silver.user_identities"] = [span for device in spans.values() for span in device]
    for event in found["silver.events"]:
        if event["user_key"] is not None:
            row = event | resolved(event, spans.get(event["anonymous_id"], []))
            found["silver.resolved_events"].append(row)
            by_person[row["resolved_user_id"]].append(row)
    for person, events in by_person.items():
        row = {
            "resolved_user_id": person,
            "is_anonymous": all(event["is_anonymous"] for event in events),
            "first_seen_at": min(event["event_time"] for event in events),
            "last_seen_at": max(event["event_time"] for event in events),
            "event_count": len(events),
            "day_count": len({event["event_date"] for event in events}),
            "device_count": len({event["anonymous_id"] for event in events} - {None}),
            "load_id": max(event["load_id"] for event in events),
        }
        found["silver.resolved_users"].append(row)


def resolved(event: dict, spans: list[dict]) -> dict:
    """Whose event it is, by the users that its device has had."""
    user_id, load_id = event["user_id"], event["load_id"]
    if user_id is None and spans:
        before = [span for span in spans if span["valid_from"] <= event["event_time"]]
        span = before[-1] if before else spans[0]
        user_id, load_id = span["user_id"], max(load_id, span["load_id"])
    person = event["anonymous_id"] if user_id is None else user_id
    return {"resolved_user_id": person, "is_anonymous": user_id is None, "load_id": load_id}
