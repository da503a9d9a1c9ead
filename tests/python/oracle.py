"""A second opinion: every silver and gold table, computed by plain loops over all loads at once.

No SQL, no state, nothing incremental: what the tables must be, in whatever order the models ran.
`tables` gives them; `Trial` lands lines in a warehouse, runs dbt there and compares the two.

Not covered, because the text is the engine's business and not the project's: control characters and
numbers beyond double precision inside `properties`.
"""

import hashlib
import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import yaml
from warehouse import PROJECT, Warehouse, as_bytes, manifest

VARS = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
GAP = timedelta(minutes=VARS["session_gap_minutes"])
TOLERANCE = timedelta(hours=VARS["clock_skew_tolerance_hours"])
EPOCH = datetime.fromisoformat("1970-01-01")  # all times are UTC without zone
YEAR_1 = -62_135_596_800 * 10**6  # microseconds before 1970
MICROSECOND, DAY = timedelta(microseconds=1), timedelta(days=1)

TEXTS = "user_id anonymous_id source_system app_version platform country_code page_url properties"
COLUMNS = {
    "silver.judged_events": "load_id file_name line_number received_at verdict reason event_id "
    f"event_name event_time event_date src_ts schema_version {TEXTS} context_json watermark "
    "admitted_load_id",
    "silver.events": "event_id event_name event_time event_date src_ts received_at user_key "
    f"schema_version {TEXTS} context_json load_id",
    "silver.rejected_events": "load_id file_name line_number received_at reason event_id "
    "event_name event_time event_date source_system payload",
    "silver.duplicate_events": "load_id file_name line_number received_at event_id event_name "
    "event_time event_date source_system payload original_load_id original_file_name "
    "original_line_number is_identical",
    "silver.late_events": "load_id file_name line_number received_at event_id event_name "
    "event_time event_date source_system watermark lateness_seconds payload",
    "silver.event_date_ledger": "event_date event_name load_id event_count",
    "silver.event_sessions": "event_id session_id session_number event_number user_key event_time "
    "event_date session_date load_id",
    "silver.sessions": "session_id user_key session_number session_date started_at ended_at "
    "duration_seconds event_count load_id",
    "silver.session_date_ledger": "session_date load_id session_count",
    "silver.user_days": "user_key event_date is_new first_load_id returning_load_id load_id",
    "silver.user_date_ledger": "event_date load_id user_count",
    "gold.daily_event_counts": "event_date event_name event_count user_count load_id",
    "gold.daily_sessions": "session_date session_count user_count single_event_session_count "
    "event_count duration_seconds load_id",
    "gold.daily_users": "event_date active_user_count new_user_count returning_user_count load_id",
    "silver.contract_violations": "event_id event_name event_date table_name item_number "
    "column_name misfit expected_type raw_value load_id",
    "gold.daily_revenue": "event_date currency payment_count payment_without_amount_count "
    "payment_amount load_id",
    "gold.daily_funnel": "session_date session_count viewed_count carted_count checked_out_count "
    "paid_count completed_count load_id",
}
COLUMNS = {name: columns.split() for name, columns in COLUMNS.items()}


class Column(NamedTuple):
    """A column as a typed table's YAML declares it; `path` is None for one of the envelope."""

    name: str
    data_type: str
    json: str
    path: str | None
    is_required: bool


class Declared(NamedTuple):
    """A typed table as its YAML declares it."""

    name: str
    event_name: str
    schema_version: int | None
    unnest: str | None
    columns: list[Column]


def declarations(files: str) -> Iterator[Declared]:
    """The typed tables that YAML files declare, a versioned one once for each version."""
    for path in sorted(PROJECT.glob(files)):
        for model in yaml.safe_load(path.read_text())["models"]:
            config = model.get("config", {})
            meta = config.get("meta", {})
            unnest = meta.get("unnest")
            for version in model.get("versions") or [{}]:
                left_out = {name for c in version.get("columns", []) for name in c["exclude"]}
                columns = []
                for column in model["columns"]:
                    place = column.get("config", {}).get("meta", {})
                    json_of = place.get("from", "item" if unnest else "properties")
                    facts = (json_of, place.get("path"), place.get("required", False))
                    if column["name"] not in left_out:
                        columns.append(Column(column["name"], column["data_type"], *facts))
                number = version.get("v")
                name = config.get("alias", model["name"]) + (f"_v{number}" if number else "")
                event_name = meta.get("event_name", model["name"])
                yield Declared(name, event_name, number, unnest, columns)


TYPED = {table.name: table for table in declarations("models/silver/typed/*.yml")}
CHECKOUTS = TYPED.pop("checkout_completed")  # a view on the latest version
FLAT = next(declarations("models/silver/events_flat.yml"))
COLUMNS |= {
    f"silver.{table.name}": [column.name for column in table.columns]
    for table in (*TYPED.values(), CHECKOUTS, FLAT)
}


class Load(NamedTuple):
    """What one run landed: when, and the lines as (file name, line number, bytes).

    A reconciliation has neither. `allowed_lateness` None lets in events of any age.
    """

    received_at: datetime | None
    lines: list[tuple[str, int, bytes]]
    watermark_delay: timedelta = timedelta()
    allowed_lateness: timedelta | None = None


def lines_of(name: str, data: bytes, skip: int = 0) -> list[tuple[str, int, bytes]]:
    """The lines of a file that are not blank, with their numbers; not the first `skip`."""
    numbered = enumerate(data.split(b"\n"), start=1)
    return [
        (name, number, line.removesuffix(b"\r"))
        for number, line in numbered
        if number > skip and line.decode(errors="replace").strip()
    ]


# ---- what a line says


MALFORMED = object()


class Raw(str):
    """A JSON number as it was written."""


class Members(list):
    """The members of a JSON object, (key, value) pairs in the order sent, repeats included."""

    def get(self, key: str):
        return next((value for name, value in self if name == key), None)


def parsed(text: str):
    """JSON with every digit of an integer, or MALFORMED."""
    try:
        value = json.loads(
            text, parse_int=Raw, parse_float=number, parse_constant=Raw, object_pairs_hook=Members
        )
        compact(value).encode()  # not so for a lone surrogate
    except (ValueError, RecursionError):
        return MALFORMED
    return value


def number(text: str) -> Raw:
    """A number with a point or an exponent, as short as it can be said: 1.50 is 1.5, 1e3 1000.0."""
    if float(text) in (float("inf"), float("-inf")):
        return Raw(text)
    plain = format(Decimal(repr(float(text))), "f")
    return Raw(plain if "." in plain else plain + ".0")


def compact(value) -> str:
    """A value as JSON without spaces."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Members):
        members = [compact(str(key)) + ":" + compact(item) for key, item in value]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def field(event: Members, name: str) -> str | None:
    """An envelope field: of its keys the first that is there, not null and not blank, as text."""
    for key in VARS["envelope"][name]:
        value = event.get(key)
        if value is not None:
            text = str(value) if isinstance(value, str) else compact(value)
            if text.strip():
                return text
    return None


def time_of(text: str | None) -> datetime | None:
    """The UTC time of ISO 8601 text or of an epoch number in seconds, milli- or microseconds."""
    if text is None:
        return None
    is_number = re.fullmatch(r"-?[0-9]{1,17}([.][0-9]+)?", text)
    return epoch_time(text) if is_number else iso_time(text)


def epoch_time(text: str) -> datetime | None:
    """The time of a number: of the three units the first that gives one of the years 1 to 5138."""
    whole, _, fraction = text.partition(".")
    for unit in (10**6, 10**3, 1):
        micros = int(Decimal(f"{whole}.{fraction[:6]}") * unit)
        if YEAR_1 <= micros < 10**17:
            return EPOCH + micros * MICROSECOND
    return None


def iso_time(text: str) -> datetime | None:
    """The time of ISO 8601 text, with or without an offset."""
    iso = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)([Tt ](\d\d:\d\d)(:\d\d([.]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?",
        text.replace(",", "."),
        re.ASCII,
    )
    if not iso:
        return None
    day, _, minute, second, fraction, offset, _ = iso.groups()
    second = second and second[:3]
    micros = (fraction or ".")[1:7].ljust(6, "0")
    try:
        local = datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ':00'}.{micros}")
    except ValueError:
        return None
    if offset in (None, "Z", "z"):
        return local
    hours, minutes = int(offset[1:3]), int(offset[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        return None
    ahead = timedelta(hours=hours, minutes=minutes)
    return local - ahead if offset[0] == "+" else local + ahead


def stable_id(event: dict) -> str:
    """The id of an event that was sent without one."""
    micros = (event["event_time"] - EPOCH) // MICROSECOND
    what = [event["user_id"], event["anonymous_id"], event["event_name"], str(micros)]
    what.append(event["properties"])
    told = "".join("-" if text is None else f"{len(text)}:{text}" for text in what)
    return "h:" + hashlib.md5(told.encode()).hexdigest()


def judged_alone(line: bytes, received_at: datetime) -> dict:
    """A line's fields, and `reason` if it is rejected: what is known without the other lines."""
    row = dict.fromkeys(COLUMNS["silver.judged_events"]) | {"schema_version": 1}
    row["received_at"] = received_at
    row["context_json"] = text = line.decode(errors="replace")
    event = parsed(text)
    is_object = isinstance(event, Members)
    fields = event if is_object else Members()
    for name in ["event_id", "event_name", *TEXTS.split()]:
        row[name] = field(fields, name)
    time_text, version = field(fields, "event_time"), field(fields, "schema_version")
    row["event_time"], row["src_ts"] = time_of(time_text), time_of(field(fields, "src_ts"))
    row["event_date"] = row["event_time"] and row["event_time"].date()
    if version is not None:
        row["schema_version"] = int(version) if re.fullmatch("[0-9]{1,9}", version) else None
    wrong = {
        "invalid_encoding": text.encode() != line,
        "malformed_json": event is MALFORMED,
        "not_an_object": not is_object,
        "missing_event_name": row["event_name"] is None,
        "missing_event_time": time_text is None,
        "unparseable_event_time": row["event_time"] is None,
        "event_time_in_future": (row["event_time"] or received_at) > received_at + TOLERANCE,
        "unsupported_schema_version": row["schema_version"] is None,
    }
    row["reason"] = next((reason for reason, is_so in wrong.items() if is_so), None)
    if row["reason"] is None and row["event_id"] is None:
        row["event_id"] = stable_id(row)
    return row


# ---- what the tables are


def tables(loads: Iterable[Load]) -> dict[str, Counter]:
    """Every table by name: its rows as tuples in the order of COLUMNS, each with how often."""
    found = {name: [] for name in COLUMNS}
    judge(loads, found)
    by_user = defaultdict(list)
    for event in found["silver.events"]:
        if event["user_key"] is not None:
            by_user[event["user_key"]].append(event)
    for user_key, events in by_user.items():
        sessions_of(user_key, events, found)
        days_of(user_key, events, found)
    ledgers(found)
    typed(found)
    daily(found)
    return {
        name: Counter(tuple(row[column] for column in columns) for row in found[name])
        for name, columns in COLUMNS.items()
    }


def judge(loads: Iterable[Load], found: dict[str, list[dict]]) -> None:
    """The verdict on each line, in the order received: of one id the first counts."""
    firsts, waiting, newest = {}, [], None
    for load_id, load in enumerate(loads, start=1):
        watermark = newest and newest - load.watermark_delay
        if not load.lines:
            for row in waiting:
                row |= {"verdict": "accepted", "admitted_load_id": load_id}
            waiting = []
        for name, line_number, line in sorted(load.lines):
            row = judged_alone(line, load.received_at)
            row |= {"load_id": load_id, "file_name": name, "line_number": line_number}
            row["user_key"] = row["anonymous_id"] if row["user_id"] is None else row["user_id"]
            row["payload"] = row["context_json"]
            row["watermark"] = watermark
            found["silver.judged_events"].append(row)
            if row["reason"]:
                row["verdict"] = "rejected"
                found["silver.rejected_events"].append(row)
            elif row["event_id"] in firsts:
                row["verdict"] = "duplicate"
                first = firsts[row["event_id"]]
                row |= {
                    "original_" + column: first[column]
                    for column in ("load_id", "file_name", "line_number")
                }
                row["is_identical"] = row["payload"] == first["payload"]
                found["silver.duplicate_events"].append(row)
            else:
                firsts[row["event_id"]] = row
                at = min(row["event_time"], load.received_at)
                newest = at if newest is None else max(newest, at)
                if is_too_late(row["event_time"], watermark, load.allowed_lateness):
                    row["verdict"] = "late"
                    row["lateness_seconds"] = (
                        Decimal((watermark - row["event_time"]) // MICROSECOND) / 10**6
                    )
                    waiting.append(row)
                else:
                    row |= {"verdict": "accepted", "admitted_load_id": load_id}
    for row in found["silver.judged_events"]:
        if row["verdict"] == "accepted":
            found["silver.events"].append(row | {"load_id": row["admitted_load_id"]})
    found["silver.late_events"] = waiting


def is_too_late(
    event_time: datetime, watermark: datetime | None, allowed_lateness: timedelta | None
) -> bool:
    """Whether the policy puts an event aside."""
    if watermark is None or allowed_lateness is None:
        return False
    return watermark - event_time > allowed_lateness


def sessions_of(user_key: str, events: list[dict], found: dict[str, list[dict]]) -> None:
    """A user's sessions over all history."""
    sessions = []
    for event in sorted(events, key=lambda event: (event["event_time"], event["event_id"])):
        if not sessions or event["event_time"] - sessions[-1][-1]["event_time"] > GAP:
            sessions.append([])
        sessions[-1].append(event)
    for session_number, session in enumerate(sessions, start=1):
        common = {
            "session_id": session[0]["event_id"],
            "session_number": session_number,
            "session_date": session[0]["event_date"],
        }
        for event_number, event in enumerate(session, start=1):
            row = event | common | {"event_number": event_number}
            found["silver.event_sessions"].append(row)
        started_at, ended_at = session[0]["event_time"], session[-1]["event_time"]
        row = {
            "user_key": user_key,
            "started_at": started_at,
            "ended_at": ended_at,
            "duration_seconds": Decimal((ended_at - started_at) // MICROSECOND) / 10**6,
            "event_count": len(session),
            "load_id": max(event["load_id"] for event in session),
        }
        found["silver.sessions"].append(common | row)


def days_of(user_key: str, events: list[dict], found: dict[str, list[dict]]) -> None:
    """A user's days: the load that first knew of each, and that of a day before it."""
    first_load = {}
    for event in events:
        day = event["event_date"]
        first_load[day] = min(event["load_id"], first_load.get(day, event["load_id"]))
    for day, load_id in first_load.items():
        returning = min((load for other, load in first_load.items() if other < day), default=None)
        row = {
            "user_key": user_key,
            "event_date": day,
            "is_new": returning is None,
            "first_load_id": load_id,
            "returning_load_id": returning,
            "load_id": max(load_id, returning or 0),
        }
        found["silver.user_days"].append(row)


def span(session: dict) -> list[date]:
    """The dates from a session's first to its last."""
    first, last = session["started_at"].date(), session["ended_at"].date()
    return [first + i * DAY for i in range((last - first).days + 1)]


def ledgers(found: dict[str, list[dict]]) -> None:
    """What each load touched."""
    events = Counter(
        (e["event_date"], e["event_name"], e["load_id"]) for e in found["silver.events"]
    )
    sessions = Counter((day, s["load_id"]) for s in found["silver.sessions"] for day in span(s))
    users = Counter()
    for row in found["silver.user_days"]:
        users[row["event_date"], row["first_load_id"]] += 1
        if row["returning_load_id"] and row["returning_load_id"] > row["first_load_id"]:
            users[row["event_date"], row["returning_load_id"]] += 1
    for layer, counts in (("event_date", events), ("session_date", sessions), ("user_date", users)):
        name = f"silver.{layer}_ledger"
        columns = COLUMNS[name]
        for key, count in counts.items():
            found[name].append(dict(zip(columns, (*key, count), strict=True)))


def daily(found: dict[str, list[dict]]) -> None:
    """The gold tables."""
    by_name, by_day, by_start, by_touch = (defaultdict(list) for _ in range(4))
    for event in found["silver.events"]:
        by_name[event["event_date"], event["event_name"]].append(event)
    for user_day in found["silver.user_days"]:
        by_day[user_day["event_date"]].append(user_day)
    for session in found["silver.sessions"]:
        by_start[session["session_date"]].append(session)
        for day in span(session):
            by_touch[day].append(session)
    for (day, event_name), events in by_name.items():
        row = {
            "event_date": day,
            "event_name": event_name,
            "event_count": len(events),
            "user_count": len({event["user_key"] for event in events} - {None}),
            "load_id": max(event["load_id"] for event in events),
        }
        found["gold.daily_event_counts"].append(row)
    for day, user_days in by_day.items():
        new_count = sum(row["is_new"] for row in user_days)
        row = {
            "event_date": day,
            "active_user_count": len(user_days),
            "new_user_count": new_count,
            "returning_user_count": len(user_days) - new_count,
            "load_id": max(row["load_id"] for row in user_days),
        }
        found["gold.daily_users"].append(row)
    for day, touching in by_touch.items():
        started = by_start[day]
        row = {
            "session_date": day,
            "session_count": len(started),
            "user_count": len({session["user_key"] for session in started}),
            "single_event_session_count": sum(session["event_count"] == 1 for session in started),
            "event_count": sum(session["event_count"] for session in started),
            "duration_seconds": sum(session["duration_seconds"] for session in started),
            "load_id": max(session["load_id"] for session in touching),
        }
        found["gold.daily_sessions"].append(row)
    daily_of_events(found)


# ---- what the payloads hold


INTEGERS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64, "hugeint": 128}
NUMBER = r"-?[0-9]+([.][0-9]+)?"


def text_of(value) -> str | None:
    """A JSON value as text, strings without quotes."""
    return value if value is None or isinstance(value, str) else compact(value)


def at(value, path: str):
    """What JSON holds at a path such as `$.a."b c"`."""
    for quoted, plain in re.findall(r'[.](?:"([^"]*)"|([^."]+))', path):
        value = value.get(quoted or plain) if isinstance(value, Members) else None
    return value


def cast(value, data_type: str):
    """A JSON value as a type, None if it is no value of that type to the last digit."""
    text, is_nested = text_of(value), isinstance(value, list)
    is_list = is_nested and not isinstance(value, Members)
    family, *size = re.findall(r"[a-z]+|[0-9]+", data_type)
    if text is None:
        family = "varchar"
    match family:
        case "varchar" | "json" | "list":
            fits = {"varchar": not is_nested, "json": is_nested, "list": is_list}
            return text if fits[family] else None
        case "timestamp":
            return time_of(text)
        case "date":
            time = iso_time(text) if len(text) == 10 else None
            return time and time.date()
        case "boolean":
            return {"true": True, "false": False}.get(text)
        case "double":
            return float(text) if re.fullmatch(NUMBER + "([eE][+-]?[0-9]{1,2})?", text) else None
    return exact_number(text, family, *map(int, size))


def exact_number(text: str, family: str, digits: int = 0, scale: int = 0) -> int | Decimal | None:
    """A number of a whole or decimal type."""
    if not re.fullmatch(NUMBER, text):
        return None
    shifted = Fraction(text) * 10**scale
    limit = 2 ** (INTEGERS[family] - 1) if family in INTEGERS else 10**digits
    low = -limit if family in INTEGERS else 1 - limit
    if shifted.denominator > 1 or not low <= shifted < limit:
        return None
    return int(shifted) if family in INTEGERS else Decimal(int(shifted)).scaleb(-scale)


def typed(found: dict[str, list[dict]]) -> None:
    """The typed tables, and what does not fit them."""
    violations = found["silver.contract_violations"]
    for event in found["silver.events"]:
        json_of = {
            name: event[name] and parsed(event[name]) for name in ("properties", "context_json")
        }
        found["silver.events_flat_v1"].append(read(event, json_of, FLAT.columns)[0])
        for table in TYPED.values():
            if event["event_name"] != table.event_name:
                continue
            if table.schema_version not in (None, event["schema_version"]):
                continue
            about = event | {"table_name": table.name, "item_number": None}
            items = [None]
            if table.unnest:
                column = Column(table.unnest, "list", "properties", table.unnest, True)
                violations += read(about, json_of, [column])[1]
                items = at(json_of["properties"], table.unnest)
                items = items if cast(items, "list") else []
            for item_number, item in enumerate(items, start=1):
                if table.unnest:
                    about |= {"item_number": item_number, "item": compact(item)}
                row, misfits = read(about, json_of | {"item": item}, table.columns)
                found[f"silver.{table.name}"].append(row)
                violations += misfits
    found["silver.checkout_completed"] = found["silver.checkout_completed_v2"]


def read(about: dict, json_of: dict, columns: list[Column]) -> tuple[dict, list[dict]]:
    """A row of a typed table, and what does not fit it."""
    row, misfits = dict(about), []

    def note(column_name: str, misfit: str, expected_type: str, raw_value: str | None) -> None:
        what = {"column_name": column_name, "misfit": misfit, "expected_type": expected_type}
        misfits.append(about | what | {"raw_value": raw_value})

    for name in {column.json for column in columns if column.path}:
        if about[name] is not None and not isinstance(json_of[name], Members):
            note(name, "wrong_type", "object", about[name])
    for column in columns:
        if column.path:
            value = at(json_of[column.json], column.path)
            row[column.name] = cast(value, column.data_type)
            if value is None and column.is_required:
                note(column.name, "missing", column.data_type, None)
            elif value is not None and row[column.name] is None:
                note(column.name, "wrong_type", column.data_type, text_of(value))
    return row, misfits


STEPS = {
    "viewed_count": "page_viewed",
    "carted_count": "product_add_to_cart",
    "checked_out_count": "checkout_completed",
    "paid_count": "payment_received",
}


def daily_of_events(found: dict[str, list[dict]]) -> None:
    """The gold tables of typed events and of what happened in sessions."""
    by_currency, newest = defaultdict(list), {}
    for touched in found["silver.event_date_ledger"]:
        if touched["event_name"] == "payment_received":
            day, load_id = touched["event_date"], touched["load_id"]
            newest[day] = max(load_id, newest.get(day, load_id))
    for payment in found["silver.payment_received"]:
        currency = "XXX" if payment["currency"] is None else payment["currency"]
        by_currency[payment["event_date"], currency].append(payment)
    for (day, currency), payments in by_currency.items():
        amounts = [payment["amount"] for payment in payments if payment["amount"] is not None]
        row = {
            "event_date": day,
            "currency": currency,
            "payment_count": len(payments),
            "payment_without_amount_count": len(payments) - len(amounts),
            "payment_amount": sum(amounts),
            "load_id": newest[day],
        }
        found["gold.daily_revenue"].append(row)
    names = defaultdict(set)
    for event in found["silver.event_sessions"]:
        names[event["session_id"]].add(event["event_name"])
    for day in found["gold.daily_sessions"]:
        sessions = [
            names[session["session_id"]]
            for session in found["silver.sessions"]
            if session["session_date"] == day["session_date"]
        ]
        row = {name: sum(step in taken for taken in sessions) for name, step in STEPS.items()}
        row["completed_count"] = sum(taken >= set(STEPS.values()) for taken in sessions)
        found["gold.daily_funnel"].append(day | row)


# ---- the two compared


class Trial:
    """A warehouse, and for the oracle what was landed in it."""

    def __init__(
        self,
        warehouse: Warehouse,
        watermark_delay: timedelta = timedelta(),
        allowed_lateness: timedelta | None = None,
    ):
        self.warehouse = warehouse
        self.watermark_delay, self.allowed_lateness = watermark_delay, allowed_lateness
        self.loads: list[Load] = []
        self.waiting: list[tuple[str, int, bytes]] = []  # landed, not yet in bronze

    def land(self, name: str, lines: list) -> Path:
        """Write a landing file (lines as `Warehouse.land` takes them), or add lines to one."""
        old = self.warehouse.landing / name
        before = old.read_bytes() if old.exists() else b""
        data = before + b"".join(as_bytes(line) + b"\n" for line in lines)
        self.waiting += lines_of(name, data, skip=before.count(b"\n"))
        return self.warehouse.land(name, data)

    def run(self, *arguments: str, command: str = "run", reconcile: bool = False) -> None:
        """Run dbt by the trial's lateness policy; what bronze then has is a load."""
        allowed = self.allowed_lateness
        settings = {
            "watermark_delay": f"{int(self.watermark_delay.total_seconds())} seconds",
            "allowed_lateness": None
            if allowed is None
            else f"{int(allowed.total_seconds())} seconds",
            "reconcile": reconcile,
        }
        getattr(self.warehouse, command)("--vars", json.dumps(settings), *arguments)
        self.note_load()

    def note_load(self) -> None:
        """Take what waits as a load if bronze has one more, and note a reconciliation."""
        received = self.warehouse.rows(
            "select load_id, max(received_at) from bronze.raw_events "
            "group by load_id order by load_id"
        )
        if received and received[-1][0] > len(self.loads):
            policy = (self.watermark_delay, self.allowed_lateness)
            self.loads.append(Load(received[-1][1], self.waiting, *policy))
            self.waiting = []
        if self.reconciled() > len(self.loads):
            self.loads.append(Load(None, []))

    def reconciled(self) -> int:
        """The newest reconciliation, 0 if there is none."""
        tables = self.warehouse.rows("select table_name from information_schema.tables")
        if ("loads",) not in tables:
            return 0
        return self.warehouse.rows(
            "select coalesce(max(load_id), 0) from bronze.loads where load_kind = 'reconciliation'"
        )[0][0]

    def differences(self) -> list[str]:
        """Every row by which the warehouse and the oracle differ."""
        expected = tables(self.loads)
        found = {
            name: Counter(self.warehouse.rows(f"select {', '.join(columns)} from {name}"))
            for name, columns in COLUMNS.items()
        }
        return different_rows(expected, found)

    def rebuilt(self) -> Warehouse:
        """A warehouse of the same bronze with everything else made from scratch."""
        folder = self.warehouse.folder / "rebuilt"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        copy = Warehouse(folder)
        copy.landing = self.warehouse.landing
        shutil.copy(self.warehouse.database, copy.database)
        copy.run("--full-refresh")
        return copy

    def check(self, *, rebuild: bool = False) -> None:
        """Every table is what the oracle says and, if wanted, what a rebuild gives."""
        wrong = self.differences()
        assert not wrong, "\n".join(["the oracle differs:", *wrong[:20], f"{len(wrong)} rows"])
        if rebuild:
            wrong = different_rows(contents(self.rebuilt()), contents(self.warehouse))
            assert not wrong, "\n".join(["a rebuild differs:", *wrong[:20], f"{len(wrong)} rows"])


@contextmanager
def parsed_before(days: int) -> Iterator[None]:
    """Run dbt as with a project that was parsed `days` ago, when the batches of gold begin."""
    gold = [node.config for node in manifest().nodes.values() if node.config.get("begin")]
    begins = [config.begin for config in gold]
    for config in gold:
        config.begin = datetime.now(UTC) - days * DAY
    try:
        yield
    finally:
        for config, begin in zip(gold, begins, strict=True):
            config.begin = begin


def contents(warehouse: Warehouse) -> dict[str, Counter]:
    """All tables of all layers by name, their rows with how often each occurs."""
    layers = warehouse.tables("bronze", "silver", "gold")
    return {name: Counter(rows) for name, rows in layers.items()}


def different_rows(expected: dict[str, Counter], found: dict[str, Counter]) -> list[str]:
    """What is missing from `found`, and what is too much in it."""
    wrong = []
    for name in sorted(expected.keys() | found.keys()):
        want, have = expected.get(name, Counter()), found.get(name, Counter())
        wrong += [f"{name} lacks {row} ({count} x)" for row, count in (want - have).items()]
        wrong += [f"{name} has {row} ({count} x)" for row, count in (have - want).items()]
    return wrong
