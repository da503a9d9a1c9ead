"""A second opinion: every silver and gold table, computed by plain loops over all loads at once.

No SQL, no state, nothing incremental: what the tables must be, in whatever order the models ran.
`tables` gives them; `Trial` lands lines in a warehouse, runs dbt there and compares the two.

Not covered, because the text is the engine's business and not the project's: control characters and
numbers beyond double precision inside `properties`.
"""

import csv
import hashlib
import json
import math
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import yaml
from oracle_state import STATE_COLUMNS, VARS, state
from oracle_values import (
    DAY,
    MALFORMED,
    MICROSECOND,
    Members,
    at,
    cast,
    compact,
    parsed,
    text_of,
    time_of,
)
from warehouse import PROJECT, Warehouse, as_bytes, manifest

VERDICTS = ("accepted", "late", "duplicate", "rejected")
GAP = timedelta(minutes=VARS["session_gap_minutes"])
TOLERANCE = timedelta(hours=VARS["clock_skew_tolerance_hours"])

TEXTS = "user_id anonymous_id source_system app_version platform country_code page_url properties"
LINE_COUNTS = (
    "line_count event_count waiting_count duplicate_count repeated_count rejected_count "
    "command_count late_count missing_app_version_count missing_platform_count "
    "missing_country_code_count missing_user_count"
)
LATENESS = (
    "sent_within_minute_count sent_within_hour_count sent_within_day_count sent_within_week_count "
    "sent_within_month_count sent_later_count p50_sent_delay_seconds p95_sent_delay_seconds "
    "p99_sent_delay_seconds max_sent_delay_seconds p50_received_delay_seconds "
    "p95_received_delay_seconds p99_received_delay_seconds max_received_delay_seconds"
)
COLUMNS = {
    "silver.judged_events": "load_id file_name line_number received_at verdict reason event_id "
    f"event_name sent_event_name event_time event_date src_ts schema_version {TEXTS} context_json "
    "watermark admitted_load_id renamed_load_id changed_load_id",
    "silver.events": "event_id event_name sent_event_name event_time event_date src_ts received_at "
    f"user_key schema_version {TEXTS} context_json load_id admitted_load_id renamed_load_id",
    "silver.commands": "load_id file_name line_number received_at event_id command_name event_time "
    "event_date user_key schema_version source_system properties context_json",
    "silver.rejected_events": "load_id file_name line_number received_at reason event_id "
    "event_name event_time event_date source_system payload",
    "silver.duplicate_events": "load_id file_name line_number received_at event_id event_name "
    "event_time event_date source_system payload original_load_id original_file_name "
    "original_line_number is_identical",
    "silver.late_events": "load_id file_name line_number received_at event_id event_name "
    "event_time event_date source_system watermark lateness_seconds payload",
    "silver.name_history": "sent_event_name event_name kind schema_versions valid_from_load_id "
    "valid_to_load_id is_redefinition",
    "silver.event_date_ledger": "event_date event_name load_id event_count",
    "silver.line_counts": f"landing_load_id event_date event_name {LINE_COUNTS} load_id",
    "gold.event_quality_daily": f"event_date event_name {LINE_COUNTS} user_count "
    "contract_violation_count load_id",
    "gold.event_lateness": f"event_date platform event_count sent_count {LATENESS} load_id",
    "silver.event_sessions": "event_id session_id session_number event_number user_key event_time "
    "event_date session_date load_id",
    "silver.sessions": "session_id user_key session_number session_date started_at ended_at "
    "duration_seconds event_count load_id",
    "silver.session_date_ledger": "session_date load_id session_count",
    "silver.funnel_date_ledger": "session_date load_id",
    "silver.user_days": "user_key event_date is_new first_load_id returning_load_id load_id",
    "silver.user_date_ledger": "event_date load_id user_count",
    "gold.daily_event_counts": "event_date event_name event_count user_count load_id",
    "gold.daily_sessions": "session_date session_count user_count single_event_session_count "
    "event_count duration_seconds load_id",
    "gold.calendar": "calendar_date",
    "gold.daily_users": "event_date active_user_count new_user_count returning_user_count load_id",
    "silver.contract_violations": "event_id event_name event_date table_name item_number "
    "column_name misfit expected_type raw_value load_id",
    "gold.daily_funnel": "session_date session_count viewed_count carted_count checked_out_count "
    "paid_count completed_count load_id",
    "silver.checkout_date_ledger": "event_date load_id",
    "gold.checkout_completed_comparison": "event_date old_row_count new_row_count "
    "row_count_difference_percent key_count identical_count modified_count only_old_count "
    "only_new_count not_comparable_count two_day_count old_amount_sum new_amount_sum "
    "amount_difference_percent old_item_count_sum new_item_count_sum "
    "item_count_difference_percent user_key_differing_count user_key_example "
    "platform_differing_count platform_example country_code_differing_count country_code_example "
    "amount_differing_count amount_example currency_differing_count currency_example "
    "item_count_differing_count item_count_example load_id",
    "gold.checkout_completed_differences": "column_name found_in is_compared compared_key_count "
    "differing_key_count differing_percent newest_date example",
    "gold.checkout_completed_verdict": "check_number check_name is_passed reason event_date "
    "percent allowed_percent failing_day_count first_date last_date judged_day_count "
    "window_first_date window_last_date old_name new_name deprecation_date days_left_count",
}
# The example's tables are there as long as its models are.
MODELS = {path.stem for path in PROJECT.glob("models/**/*.sql")}
COLUMNS = {
    name: columns.split()
    for name, columns in (COLUMNS | STATE_COLUMNS).items()
    if name.partition(".")[2] in MODELS
}


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


TYPED = {table.name: table for table in declarations("models/shop/silver/typed/*.yml")}
FLAT = next(declarations("models/shop/silver/events_flat.yml"), None)
COLUMNS |= {
    f"silver.{table.name}": [column.name for column in table.columns]
    for table in (*TYPED.values(), FLAT)
    if table
}
CHECKOUTS = TYPED.pop("checkout_completed", None)  # a view on the latest version


class Name(NamedTuple):
    """What a name as sent is registered as. `schema_versions` None: any can be read."""

    event_name: str
    kind: str | None = None
    schema_versions: str | None = None

    def set_aside_reason(self, schema_version: int) -> str | None:
        """Why an event of that name and version is set aside, None if it is not."""
        if self.kind == "command":
            return "command"
        if self.schema_versions and str(schema_version) not in self.schema_versions.split():
            return "unsupported_schema_version"
        return None


def typed_names() -> dict[str, Name]:
    """The typed events: those with versions are read in these, the others in the first."""
    versions = defaultdict(set)
    for table in TYPED.values():
        if not table.unnest:
            versions[table.event_name].add(table.schema_version or 1)
    return {name: Name(name, "fact", " ".join(map(str, sorted(v)))) for name, v in versions.items()}


TYPED_NAMES = typed_names()


class Load(NamedTuple):
    """What one run landed: when, and the lines as (file name, line number, bytes).

    A reconciliation has neither, and a registration has `names` besides: what they stand for from
    then on, by name as sent. `allowed_lateness` None lets in events of any age.
    """

    received_at: datetime | None
    lines: list[tuple[str, int, bytes]]
    watermark_delay: timedelta = timedelta()
    allowed_lateness: timedelta | None = None
    names: dict[str, Name] | None = None


def lines_of(name: str, data: bytes, skip: int = 0) -> list[tuple[str, int, bytes]]:
    """The lines of a file that are not blank, with their numbers; not the first `skip`."""
    numbered = enumerate(data.split(b"\n"), start=1)
    return [
        (name, number, line.removesuffix(b"\r"))
        for number, line in numbered
        if number > skip and line.decode(errors="replace").strip()
    ]


# ---- what a line says


def field(event: Members, name: str) -> str | None:
    """An envelope field: of its keys the first that is there, not null and not blank, as text."""
    for key in VARS["envelope"][name]:
        value = event.get(key)
        if value is not None:
            text = str(value) if isinstance(value, str) else compact(value)
            if text.strip():
                return text
    return None


def stable_id(event: dict) -> str:
    """The id of an event that was sent without one: all that was sent, but for when."""

    def number(text: str) -> str:
        return "\x01" + text

    def leaves(path: str, value) -> Iterator[bytes]:
        kinds = {Members: "OBJECT", list: "ARRAY"}
        told = kinds.get(type(value)) or json.dumps(value, ensure_ascii=False)
        yield f"{path}\n{told}".encode()
        is_object = isinstance(value, Members)
        items = value if isinstance(value, list) else []
        for i, item in enumerate(items):
            yield from (
                leaves(f"{path}.{item[0]}", item[1]) if is_object else leaves(f"{path}[{i}]", item)
            )

    sent = json.loads(
        event["payload"], object_pairs_hook=Members, parse_int=number, parse_float=number
    )
    sent = Members(pair for pair in sent if pair[0] not in VARS["sending_fields"])
    told = sorted(leaves("$", sent))
    return "h:" + hashlib.md5(b"\n".join(told)).hexdigest()


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
    row["sent_event_name"] = row["event_name"]
    time_text, version = field(fields, "event_time"), field(fields, "schema_version")
    row["event_time"], row["src_ts"] = time_of(time_text), time_of(field(fields, "src_ts"))
    is_in_future = (row["event_time"] or received_at) > received_at + TOLERANCE
    row["event_date"] = row["event_time"].date() if row["event_time"] and not is_in_future else None
    if version is not None:
        row["schema_version"] = int(version) if re.fullmatch("[0-9]{1,9}", version) else None
    wrong = {
        "invalid_encoding": text.encode() != line,
        "malformed_json": event is MALFORMED,
        "not_an_object": not is_object,
        "missing_event_name": row["event_name"] is None,
        "missing_event_time": time_text is None,
        "unparseable_event_time": row["event_time"] is None,
        "event_time_in_future": is_in_future,
        "unsupported_schema_version": row["schema_version"] is None,
    }
    row["reason"] = next((reason for reason, is_so in wrong.items() if is_so), None)
    return row


# ---- what the tables are


def tables(loads: Iterable[Load]) -> dict[str, Counter]:
    """Every table by name: its rows as tuples in the order of COLUMNS, each with how often."""
    found = defaultdict(list)
    judge(loads, found)
    found["silver.name_history"] = name_history(loads)
    found["registrations"] = [
        load_id for load_id, load in enumerate(loads, start=1) if load.names is not None
    ]
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
    quality(found)
    lateness(found)
    if CHECKOUTS:
        versions(found)
    state(found)
    return {
        name: Counter(tuple(row[column] for column in columns) for row in found[name])
        for name, columns in COLUMNS.items()
    }


class Judge:
    """Gives the verdict on each line, in the order received: of one id the first counts."""

    def __init__(self):
        self.rows: list[dict] = []
        self.firsts: dict[str, dict] = {}  # by event id
        self.waiting: list[dict] = []  # for a reconciliation
        self.set_aside: list[dict] = []  # for a registration
        self.newest: datetime | None = None
        self.names: dict[str, Name] = {}
        self.former: dict[str, set[str]] = defaultdict(set)  # all that a name ever stood for

    def take(self, load_id: int, load: Load) -> None:
        """A load, of whatever kind."""
        watermark = self.newest and self.newest - load.watermark_delay
        if load.names is not None:
            self.register(load_id, load)
        elif not load.lines:
            for row in self.waiting:
                row |= {"verdict": "accepted", "admitted_load_id": load_id}
            self.waiting = []
        for name, line_number, line in sorted(load.lines):
            row = judged_alone(line, load.received_at)
            row |= {"load_id": load_id, "file_name": name, "line_number": line_number}
            row["user_key"] = row["anonymous_id"] if row["user_id"] is None else row["user_id"]
            row["payload"] = row["context_json"]
            row["watermark"] = watermark
            row["eligible_load_id"] = load_id
            self.rows.append(row)
            if row["reason"]:
                row["verdict"] = "rejected"
            elif reason := self.reason_by_name(row):
                row |= {"verdict": "rejected", "reason": reason}
                self.set_aside.append(row)
            else:
                self.enter(row, load_id, load, watermark)

    def register(self, load_id: int, load: Load) -> None:
        """From now on names stand for something else: what can be read now comes in."""
        before, self.names = self.names, load.names
        for name in before.keys() | self.names.keys():
            old, new = (names.get(name, Name(name)).event_name for names in (before, self.names))
            self.former[name] |= {old, new}
            for row in self.rows:
                if row["sent_event_name"] == name and old != new:
                    row["renamed_load_id"] = load_id
        ready = [row for row in self.set_aside if self.reason_by_name(row) is None]
        self.set_aside = [row for row in self.set_aside if self.reason_by_name(row)]
        for row in ready:
            self.enter(row, load_id, load, None)

    def enter(self, row: dict, load_id: int, load: Load, watermark: datetime | None) -> None:
        """Let in an event that nothing is wrong with, unless it repeats one or is too late."""
        row["reason"], row["eligible_load_id"] = None, load_id
        if row["event_id"] is None:
            row["event_id"] = stable_id(row)
        first = self.firsts.setdefault(row["event_id"], row)
        if first is not row:
            row["verdict"] = "duplicate"
            for column in ("load_id", "file_name", "line_number"):
                row["original_" + column] = first[column]
            row["is_identical"] = row["payload"] == first["payload"]
            return
        at = min(row["event_time"], row["received_at"])
        self.newest = at if self.newest is None else max(self.newest, at)
        if is_too_late(row["event_time"], watermark, load.allowed_lateness):
            row["verdict"] = "late"
            late = watermark - row["event_time"]
            row["lateness_seconds"] = Decimal(late // MICROSECOND) / 10**6
            self.waiting.append(row)
        else:
            row |= {"verdict": "accepted", "admitted_load_id": load_id}

    def reason_by_name(self, row: dict) -> str | None:
        """Why an event is set aside by what its name is registered as."""
        name = self.names.get(row["sent_event_name"], Name(row["sent_event_name"]))
        return name.set_aside_reason(row["schema_version"])


def judge(loads: Iterable[Load], found: dict[str, list[dict]]) -> None:
    """The verdict on each line, and the name of today."""
    judge = Judge()
    for load_id, load in enumerate(loads, start=1):
        judge.take(load_id, load)
    for row in judge.rows:
        sent = row["sent_event_name"]
        row["event_name"] = judge.names.get(sent, Name(sent)).event_name
        row["former_names"] = {sent} | judge.former[sent]
        said = row["admitted_load_id"] or row["eligible_load_id"]
        row["changed_load_id"] = max(said, row["renamed_load_id"] or 0)
        if row["verdict"] == "accepted":
            found["silver.events"].append(row | {"load_id": row["changed_load_id"]})
    found["silver.judged_events"] = judge.rows
    found["silver.rejected_events"] = [row for row in judge.rows if row["verdict"] == "rejected"]
    found["silver.duplicate_events"] = [row for row in judge.rows if row["verdict"] == "duplicate"]
    found["silver.late_events"] = judge.waiting
    commands = {}
    for row in judge.rows:
        if row["reason"] == "command":
            place = (row["load_id"], row["file_name"], row["line_number"])
            row["command_name"] = row["event_name"]
            commands.setdefault(row["event_id"] or place, row)
    found["silver.commands"] = list(commands.values())


def name_history(loads: Iterable[Load]) -> list[dict]:
    """What each name stood for, from one registration to the next."""
    rows: list[dict] = []
    newest: dict[str, dict] = {}  # by name as sent
    known: dict[str, Name] = {}
    for load_id, load in enumerate(loads, start=1):
        if load.names is None:
            continue
        for sent in sorted(known.keys() | load.names.keys()):
            before, now = known.get(sent), load.names.get(sent, Name(sent))
            known[sent] = now
            if now == before:
                continue
            if before:
                newest[sent]["valid_to_load_id"] = load_id
            newest[sent] = now._asdict() | {
                "sent_event_name": sent,
                "valid_from_load_id": load_id,
                "valid_to_load_id": None,
                "is_redefinition": meaning(now) != meaning(before or Name(sent), is_known=before),
            }
            rows.append(newest[sent])
    return rows


def meaning(name: Name, *, is_known: object = True) -> tuple[str, bool]:
    """What an event is taken for: its name, and whether a typed table holds it to a contract."""
    return name.event_name, bool(is_known) and name.event_name in TYPED_NAMES


def is_too_late(
    event_time: datetime, watermark: datetime | None, allowed_lateness: timedelta | None
) -> bool:
    """Whether the policy has an event wait."""
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
            row["load_id"] = event["admitted_load_id"]
            found["silver.event_sessions"].append(row)
        started_at, ended_at = session[0]["event_time"], session[-1]["event_time"]
        row = {
            "user_key": user_key,
            "started_at": started_at,
            "ended_at": ended_at,
            "duration_seconds": Decimal((ended_at - started_at) // MICROSECOND) / 10**6,
            "event_count": len(session),
            "load_id": max(event["admitted_load_id"] for event in session),
        }
        found["silver.sessions"].append(common | row)


def days_of(user_key: str, events: list[dict], found: dict[str, list[dict]]) -> None:
    """A user's days: the load that first knew of each, and that of a day before it."""
    first_load = {}
    for event in events:
        day = event["event_date"]
        load_id = event["admitted_load_id"]
        first_load[day] = min(load_id, first_load.get(day, load_id))
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
    for e in found["silver.events"]:
        if e["load_id"] > e["admitted_load_id"]:
            for name in e["former_names"] - {e["event_name"]}:
                events[e["event_date"], name, e["load_id"]] += 0
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
    touches = {(row["session_date"], row["load_id"]) for row in found["silver.session_date_ledger"]}
    for event in found["silver.event_sessions"]:
        if event["renamed_load_id"]:
            touches.add((event["session_date"], event["renamed_load_id"]))
    found["silver.funnel_date_ledger"] = [
        {"session_date": day, "load_id": load_id} for day, load_id in touches
    ]


def daily(found: dict[str, list[dict]]) -> None:
    """The gold tables."""
    by_name, by_day, by_start, by_touch = (defaultdict(list) for _ in range(4))
    for event in found["silver.events"]:
        by_name[event["event_date"], event["event_name"]].append(event)
    if by_name:
        first, last = min(by_name)[0], max(by_name)[0]
        dates = [first + i * DAY for i in range((last - first).days + 1)]
        found["gold.calendar"] = [{"calendar_date": date} for date in dates]
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


def typed(found: dict[str, list[dict]]) -> None:
    """The typed tables, and what does not fit them."""
    violations = found["silver.contract_violations"]
    for event in found["silver.events"]:
        json_of = {
            name: event[name] and parsed(event[name]) for name in ("properties", "context_json")
        }
        if FLAT:
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


# ---- what came of the lines


def quality(found: dict[str, list[dict]]) -> None:
    """The lines by landing, date and name, and by date and name."""
    lines, places = found["silver.judged_events"], set()
    dates = defaultdict(Counter)
    for row in lines:
        if row["event_date"]:
            dates[row["load_id"], row["file_name"]][row["event_date"]] += 1
    by_landing, by_day = defaultdict(list), defaultdict(list)
    for row in sorted(lines, key=itemgetter("load_id", "file_name", "line_number")):
        file = (row["load_id"], row["file_name"])
        day = row["event_date"]
        if day is None:
            most = [(count, date) for date, count in dates[file].items()]
            day = max(most, default=(0, row["received_at"].date()))[1]
        place = (*file, row["event_id"])
        is_entered = row["verdict"] != "rejected"
        row["is_repeated"] = row["verdict"] == "duplicate" and place in places
        places |= {place} if is_entered else set()
        by_landing[row["load_id"], day, row["event_name"]].append(row)
        by_day[day, row["event_name"]].append(row)
    for (load_id, day, name), rows in by_landing.items():
        row = {"landing_load_id": load_id, "event_date": day, "event_name": name}
        found["silver.line_counts"].append(row | line_counts(rows))
    misfits = Counter(
        (misfit["event_date"], misfit["event_name"])
        for misfit in found["silver.contract_violations"]
    )
    for (day, name), rows in by_day.items():
        users = {row["user_key"] for row in rows if row["verdict"] == "accepted"} - {None}
        row = {"event_date": day, "event_name": name, "user_count": len(users)}
        row["contract_violation_count"] = misfits[day, name]
        found["gold.event_quality_daily"].append(row | line_counts(rows))


def line_counts(rows: list[dict]) -> dict:
    """What is counted of lines."""
    of = {verdict: [row for row in rows if row["verdict"] == verdict] for verdict in VERDICTS}
    came = of["accepted"] + of["late"]
    counts = {
        "line_count": len(rows),
        "event_count": len(of["accepted"]),
        "waiting_count": len(of["late"]),
        "duplicate_count": len(of["duplicate"]),
        "repeated_count": sum(row["is_repeated"] for row in of["duplicate"]),
        "rejected_count": sum(row["reason"] != "command" for row in of["rejected"]),
        "command_count": sum(row["reason"] == "command" for row in of["rejected"]),
        "late_count": sum(
            row["watermark"] is not None and row["event_time"] < row["watermark"] for row in came
        ),
        "missing_user_count": sum(row["user_key"] is None for row in of["accepted"]),
        "load_id": max(row["changed_load_id"] for row in rows),
    }
    for field in ("app_version", "platform", "country_code"):
        counts[f"missing_{field}_count"] = sum(row[field] is None for row in of["accepted"])
    return counts


BANDS = {
    "within_minute": timedelta(minutes=1),
    "within_hour": timedelta(hours=1),
    "within_day": timedelta(days=1),
    "within_week": timedelta(days=7),
    "within_month": timedelta(days=30),
    "later": timedelta.max,
}


def lateness(found: dict[str, list[dict]]) -> None:
    """How long events took to be sent and received, by date and platform."""
    by_day = defaultdict(list)
    for event in found["silver.events"]:
        by_day[event["event_date"], event["platform"]].append(event)
    for (day, platform), events in by_day.items():
        row = dict.fromkeys(COLUMNS["gold.event_lateness"])
        row |= {"event_date": day, "platform": platform, "event_count": len(events)}
        row["load_id"] = max(event["load_id"] for event in events)
        sent = [event for event in events if event["src_ts"] is not None]
        delays = {
            "sent": sorted(event["src_ts"] - event["event_time"] for event in sent),
            "received": sorted(event["received_at"] - event["src_ts"] for event in sent),
        }
        bands = Counter(
            next(name for name, longest in BANDS.items() if delay <= longest)
            for delay in delays["sent"]
        )
        row |= {f"sent_{name}_count": bands[name] for name in BANDS} | {"sent_count": len(sent)}
        for name, sorted_delays in delays.items():
            for percent in (50, 95, 99, 100) if sent else ():
                rank = max(1, -(-percent * len(sent) // 100))
                seconds = Decimal(sorted_delays[rank - 1] // MICROSECOND) / 10**6
                what = "max" if percent == 100 else f"p{percent}"
                row[f"{what}_{name}_delay_seconds"] = seconds
        found["gold.event_lateness"].append(row)


STEPS = {
    "viewed_count": "page_viewed",
    "carted_count": "product_add_to_cart",
    "checked_out_count": "checkout_completed",
    "paid_count": "payment_received",
}


def daily_of_events(found: dict[str, list[dict]]) -> None:
    """The gold table of what happened in sessions."""
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
        row["load_id"] = max(
            touch["load_id"]
            for touch in found["silver.funnel_date_ledger"]
            if touch["session_date"] == day["session_date"]
        )
        found["gold.daily_funnel"].append(day | row)


# ---- version 1 of checkout_completed beside version 2


COMPARED = ("user_key", "platform", "country_code", "amount", "currency", "item_count")
METRICS = ("amount", "item_count")
V1, V2 = (TYPED.get(f"checkout_completed_v{number}") for number in (1, 2))


def deprecated() -> date:
    """The day on which version 1 is deprecated, as its YAML says."""
    file = PROJECT / "models/shop/silver/typed/checkout_completed.yml"
    (model,) = (m for m in yaml.safe_load(file.read_text())["models"] if m.get("versions"))
    (first,) = (version for version in model["versions"] if version["v"] == 1)
    return first["deprecation_date"]


def percent(part, whole) -> float:
    """A part in % of the whole, to two places."""
    exact = 100 * float(part) / float(whole)
    return math.copysign(math.floor(abs(exact) * 100 + 0.5) / 100, exact)


def change(old, new) -> float:
    """By how much a number differs from an old one, in % of that."""
    if old == 0:
        return 100.0 * ((new > 0) - (new < 0))
    return percent(new - old, abs(old))


def versions(found: dict[str, list[dict]]) -> None:
    """The comparison of the two versions, its columns and the verdict."""
    by_key = defaultdict(lambda: ([], []))
    for side, table in enumerate((V1, V2)):
        for row in found[f"silver.{table.name}"]:
            by_key[row["checkout_id"]][side].append(row)
    touches = [
        (touched["event_date"], touched["load_id"])
        for touched in found["silver.event_date_ledger"]
        if touched["event_name"] == "checkout_completed"
    ]
    renamed = max((load for _, load in touches if load in found["registrations"]), default=0)
    touches += [(day, renamed) for day, _ in touches]
    for old, new in by_key.values():
        rows = old + new
        for load_id in {row["load_id"] for row in rows}:
            touches += [(row["event_date"], load_id) for row in rows if row["load_id"] == load_id]
            before = [row["event_date"] for row in rows if row["load_id"] < load_id]
            touches += [(min(before), load_id)] if before else []
    newest = {day: max(load for other, load in touches if other == day) for day, _ in touches}
    for day, load_id in newest.items():
        row = {"event_date": day, "load_id": load_id}
        found["silver.checkout_date_ledger"].append(row)
        row = compared_day(day, by_key, found)
        found["gold.checkout_completed_comparison"].append(row | {"load_id": load_id})
    if found["silver.events"]:
        last = max(event["event_date"] for event in found["silver.events"])
        first = last - VARS["comparison_days"] * DAY
        days = found["gold.checkout_completed_comparison"]
        window = sorted(
            (row for row in days if first <= row["event_date"] < last),
            key=lambda row: row["event_date"],
        )
    else:
        days = window = []
    differences(window, found)
    verdict(window, days, found)


def compared_day(day: date, by_key: dict, found: dict[str, list[dict]]) -> dict:
    """The two versions on a day."""
    row = Counter(dict.fromkeys(COLUMNS["gold.checkout_completed_comparison"], 0))
    row["event_date"] = day
    for side, table in (("old", V1), ("new", V2)):
        rows = [r for r in found[f"silver.{table.name}"] if r["event_date"] == day]
        row[f"{side}_row_count"] = len(rows)
        for metric in METRICS:
            row[f"{side}_{metric}_sum"] = sum(r[metric] for r in rows if r[metric] is not None)
    examples = defaultdict(list)
    for key, (old, new) in by_key.items():
        if min(r["event_date"] for r in old + new) != day:
            continue
        row["key_count"] += 1
        if len(old) > 1 or len(new) > 1:
            row["not_comparable_count"] += 1
        elif not (old and new):
            row["only_old_count" if old else "only_new_count"] += 1
        else:
            differing = [name for name in COMPARED if old[0][name] != new[0][name]]
            row["modified_count" if differing else "identical_count"] += 1
            row["two_day_count"] += old[0]["event_date"] != new[0]["event_date"]
            for name in differing:
                told = ["null" if v is None else str(v) for v in (key, old[0][name], new[0][name])]
                examples[name].append("{}: {} -> {}".format(*told))
    for name in COMPARED:
        row[f"{name}_differing_count"] = len(examples[name])
        row[f"{name}_example"] = min(examples[name], default=None)
    row["row_count_difference_percent"] = change(row["old_row_count"], row["new_row_count"])
    for metric in METRICS:
        sums = (row[f"old_{metric}_sum"], row[f"new_{metric}_sum"])
        row[f"{metric}_difference_percent"] = change(*sums)
    return dict(row)


def differences(window: list[dict], found: dict[str, list[dict]]) -> None:
    """Each column of either version, and how many checkouts of the window differ in it."""
    pairs = sum(row["identical_count"] + row["modified_count"] for row in window)
    names = [[column.name for column in table.columns] for table in (V1, V2)]
    for name in dict.fromkeys(names[0] + names[1]):
        row = dict.fromkeys(COLUMNS["gold.checkout_completed_differences"])
        row["column_name"], row["is_compared"] = name, name in COMPARED
        row["found_in"] = "both" if name in names[0] and name in names[1] else "new"
        if name in COMPARED and window:
            count = sum(day[f"{name}_differing_count"] for day in window)
            row["compared_key_count"], row["differing_key_count"] = pairs, count
            row["differing_percent"] = percent(count, pairs) if pairs else None
            for day in window:
                if day[f"{name}_differing_count"]:
                    row["newest_date"] = day["event_date"]
                    row["example"] = day[f"{name}_example"]
        found["gold.checkout_completed_differences"].append(row)


def verdict(window: list[dict], days: list[dict], found: dict[str, list[dict]]) -> None:
    """The checks of the window, and what they come to."""
    first_dates = [
        min((row["event_date"] for row in days if row[f"{side}_row_count"]), default=None)
        for side in ("old", "new")
    ]
    judged = [
        row for row in window if None not in first_dates and row["event_date"] >= max(first_dates)
    ]

    def share(part: str, *whole: str):
        def of_day(row: dict) -> float:
            keys = sum(row[name] for name in whole)
            return percent(row[part], keys) if keys else 0.0

        return of_day

    missing, rest = "lacks {} % of its keys in ", "has {} % of "
    checks = [
        ("missing_in_new", share("only_old_count", "key_count"), missing + "v2", "missing"),
        ("missing_in_old", share("only_new_count", "key_count"), missing + "v1", "missing"),
        (
            "not_comparable",
            share("not_comparable_count", "key_count"),
            rest + "its keys more than once in one version",
            "repeated",
        ),
        (
            "modified",
            share("modified_count", "identical_count", "modified_count"),
            rest + "the keys in both modified",
            "modified",
        ),
    ]
    for metric in METRICS:
        column = f"{metric}_difference_percent"
        checks.append((f"{metric}_difference", itemgetter(column), metric, "difference"))
    rows = []
    for number, (name, of_day, sentence, limit) in enumerate(checks, start=1):
        allowed = VARS[f"comparison_max_{limit}_percent"]
        row = {"check_number": number, "check_name": name, "allowed_percent": float(allowed)}
        if judged:
            worst = max(judged, key=lambda day: abs(of_day(day)))  # the first of several
            value = of_day(worst)
            failing = sum(abs(of_day(day)) > allowed for day in judged)
            row |= {"event_date": worst["event_date"], "percent": value}
            row |= {"failing_day_count": failing, "is_passed": not failing}
            if failing:
                size = f"{Decimal(str(abs(value))):.2f}"
                day = f"{worst['event_date']} " + sentence.format(size)
                if limit == "difference":
                    less = "less" if value < 0 else "more"
                    day = f"{worst['event_date']}: {sentence} adds up to {size} % {less} in v2"
                more = "" if failing == 1 else f", and {failing - 1} more day" + "s" * (failing > 2)
                row["reason"] = f"{day} (allowed {allowed} %){more}"
        rows.append(row)
    reasons = [row["reason"] for row in rows if row.get("reason")]
    total = {"check_number": 0, "check_name": "verdict"}
    if not judged:
        why = "can not tell: there is no complete day since both v1 and v2 have rows"
    elif reasons:
        why = "not ready: " + "; ".join(reasons)
    else:
        why = "ready: v2 agrees with v1"
    total |= {"is_passed": not reasons if judged else None, "reason": why}
    span = {"judged_day_count": len(judged), "deprecation_date": deprecated()}
    span |= {"old_name": "v1", "new_name": "v2"}
    if judged:
        span |= {"first_date": judged[0]["event_date"], "last_date": judged[-1]["event_date"]}
    if window:
        span["window_first_date"] = window[0]["event_date"]
        span["window_last_date"] = window[-1]["event_date"]
        span["days_left_count"] = (deprecated() - window[-1]["event_date"]).days
    empty = dict.fromkeys(COLUMNS["gold.checkout_completed_verdict"])
    found["gold.checkout_completed_verdict"] += [empty | span | row for row in (total, *rows)]


# ---- the two compared


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (PROJECT / "seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


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
        self.events: dict[str, tuple[str, str]] = {}  # kind and versions by name, beside YAML's
        self.aliases: dict[str, str] = {}
        self.loads: list[Load] = []
        self.waiting: list[tuple[str, int, bytes]] = []  # landed, not yet in bronze

    def land(self, name: str, lines: list) -> Path:
        """Write a landing file (lines as `Warehouse.land` takes them), or add lines to one."""
        old = self.warehouse.landing / name
        before = old.read_bytes() if old.exists() else b""
        data = before + b"".join(as_bytes(line) + b"\n" for line in lines)
        self.waiting += lines_of(name, data, skip=before.count(b"\n"))
        return self.warehouse.land(name, data)

    def register(self, events: dict[str, tuple[str, str]], aliases: dict[str, str]) -> None:
        """Have the seeds say this, instead of what they said before.

        `events`: kind and versions (with spaces between) by name. `aliases`: stable name by alias.
        """
        self.events, self.aliases = events, aliases
        self.warehouse.views_in = -1  # event_names is made by whether there are seeds
        kinds = ", ".join(f"{column} varchar" for column in seed("known_events")[0])
        self.warehouse.execute(
            "create schema if not exists bronze; "
            f"create or replace table bronze.known_events ({kinds}); "
            "create or replace table bronze.event_aliases "
            "(alias varchar, event_name varchar, renamed_on date)"
        )
        for name, (kind, versions) in events.items():
            self.warehouse.execute(
                "insert into bronze.known_events (event_name, kind, schema_versions) "
                f"values ('{name}', '{kind}', '{versions}')"
            )
        for alias, name in aliases.items():
            self.warehouse.execute(
                f"insert into bronze.event_aliases values ('{alias}', '{name}', null)"
            )

    def names(self) -> dict[str, Name]:
        """What each known name stands for by the seeds and the YAML of typed events."""
        known = {name: Name(name, *facts) for name, facts in self.events.items()} | TYPED_NAMES
        renamed = {alias: known.get(name, Name(name)) for alias, name in self.aliases.items()}
        return known | renamed

    def note_seeds(self) -> None:
        """Take what the seeds of the project register, as `dbt build` does."""
        self.events = {
            row["event_name"]: (row["kind"], row["schema_versions"] or "1")
            for row in seed("known_events")
        }
        self.aliases = {row["alias"]: row["event_name"] for row in seed("event_aliases")}

    def run(self, *arguments: str, command: str = "run", reconcile: bool = False) -> None:
        """Run dbt by the trial's lateness policy; what bronze then has is a load."""
        if command == "build":
            self.note_seeds()
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
        registered = self.newest("registrations")
        if registered == 1 and self.loads and self.loads[0].names is None:
            self.loads[0] = self.loads[0]._replace(names=self.names())
        elif registered > len(self.loads):
            self.loads.append(Load(None, [], names=self.names()))
        if self.newest("loads", "load_kind = 'reconciliation'") > len(self.loads):
            self.loads.append(Load(None, []))

    def newest(self, table: str, condition: str = "true") -> int:
        """The newest load in a table of bronze, 0 if there is none."""
        tables = self.warehouse.rows("select table_name from information_schema.tables")
        if (table,) not in tables:
            return 0
        return self.warehouse.rows(
            f"select coalesce(max(load_id), 0) from bronze.{table} where {condition}"
        )[0][0]

    def differences(self) -> list[str]:
        """Every row by which the warehouse and the oracle differ."""
        expected = tables(self.loads)
        if self.warehouse.leave_out or self.warehouse.only:
            made = self.warehouse.tables_made()
            assert made
            expected = {name: rows for name, rows in expected.items() if name in made}
        asked = {name: f"select {', '.join(COLUMNS[name])} from {name}" for name in expected}
        found = self.warehouse.rows_of(asked)
        return different_rows(expected, {name: Counter(rows) for name, rows in found.items()})

    def rebuilt(self) -> Warehouse:
        """A warehouse of the same bronze with everything else made from scratch."""
        folder = self.warehouse.folder / "rebuilt"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        copy = Warehouse(folder, self.warehouse.leave_out, self.warehouse.only)
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
