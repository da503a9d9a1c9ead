"""Any stream, cut up in any way, with any models run in between: every table is exact at the end.

The default is small enough for every run of the tests. To look longer, and then to have an example
that fails made small (which takes minutes):

    DURABLE_EVENTS_EXAMPLES=200 python -m pytest -n 2 tests/python/test_properties.py
"""

import json
import os
import random
import tempfile
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from oracle import Trial, parsed_before
from warehouse import PROJECT, Warehouse

EXAMPLES = int(os.environ.get("DURABLE_EVENTS_EXAMPLES", "2"))
MODELS = [path.stem for path in sorted(PROJECT.glob("models/*/**/*.sql"))]

# Two midnights, the second months before. Around each, steps of the gap and of half of it, some
# a microsecond off: sessions touch, just fail to touch, and cross midnight.
MIDNIGHTS = [datetime.fromisoformat("2025-03-11"), datetime.fromisoformat("2024-11-02")]
times = st.builds(
    lambda midnight, quarters, micros: (
        midnight + timedelta(minutes=15 * quarters, microseconds=micros)
    ).isoformat(),
    st.sampled_from(MIDNIGHTS),
    st.integers(-8, 8) | st.integers(-100, 100),
    st.sampled_from([0, 0, 0, 1, -1]),
)
ids = st.none() | st.integers(1, 60).map(lambda number: f"e{number}")
users = st.sampled_from(["u", "u", "v", 7, None])
names = st.sampled_from(["view", "buy"]) | st.sampled_from(
    ["page_viewed", "product_add_to_cart", "checkout_completed", "order_placed", "payment_received"]
)
amounts = st.sampled_from(["1.50", "2", 3, "0.001", "n/a", None, [1]])
items = st.fixed_dictionaries({}, optional={"sku": st.just("a"), "quantity": amounts})
payloads = st.just("no object") | st.fixed_dictionaries(
    {},
    optional={
        "amount": amounts,
        "currency": st.sampled_from(["EUR", "USD", None]),
        "items": st.lists(items | amounts, max_size=3) | amounts,
    },
)
events = st.fixed_dictionaries(
    {"event_time": times, "event_name": names},
    optional={
        "user_id": users,
        "anonymous_id": users,
        "event_id": ids,
        "schema_version": st.integers(1, 3),
        "properties": payloads,
        "x": st.integers(0, 1),
    },
)
rejects = st.sampled_from([b"{", b"[]", b"\xff", {"event_id": "e1"}, {"event_time": "2025-03-11"}])
# A user who does not pause for up to three days; of each so many steps one is in the load.
marathons = st.builds(
    lambda midnight, first, count, every: [
        {
            "event_time": (midnight + timedelta(minutes=30 * (first + i))).isoformat(),
            "event_name": "run",
            "user_id": "u",
        }
        for i in range(0, count, every)
    ],
    st.sampled_from(MIDNIGHTS),
    st.integers(-48, 0),
    st.integers(24, 144),
    st.integers(1, 4),
)


def in_another_order(value, dice: random.Random):
    """The same JSON with the keys of its objects in another order, at any depth."""
    if isinstance(value, dict):
        members = [(key, in_another_order(member, dice)) for key, member in value.items()]
        return dict(dice.sample(members, len(members)))
    return [in_another_order(item, dice) for item in value] if isinstance(value, list) else value


def with_repeats(lines: list, dice: random.Random) -> list:
    """Lines, and some of their events sent once more: later, in another order, with blanks."""
    found = [line for line in lines if isinstance(line, dict) and dice.random() < 0.2]
    again = [in_another_order(line | {"sent_at": "2026-01-01"}, dice) for line in found]
    return [*lines, *(json.dumps(line, separators=(" ,", ": ")) for line in again)]


scattered = st.builds(
    with_repeats,
    st.lists(events | events | events | events | rejects, min_size=1, max_size=25),
    st.randoms(use_true_random=False),
)
lines = scattered | scattered | marathons

landings = st.tuples(st.just("land"), st.integers(0, 2), lines)
replays = st.tuples(st.just("replay"), st.integers(0, 9))
partial_runs = st.tuples(
    st.just("run"), st.sets(st.sampled_from(MODELS), min_size=1), st.sampled_from(["", "", "empty"])
)
refreshes = st.tuples(
    st.just("run"),
    st.sets(st.sampled_from(MODELS), min_size=1, max_size=3),
    st.just("full-refresh"),
)
full_runs = st.tuples(st.just("run"), st.just(set()), st.just(""))
reconciliations = st.just(("reconcile",))
repairs = st.tuples(
    st.just("repair"),
    st.sets(st.sampled_from(MODELS), max_size=3),
    st.sampled_from(MIDNIGHTS),
    st.integers(-2, 1),
    st.integers(1, 3),
)
registered = st.dictionaries(
    st.sampled_from(["view", "buy", "run"]),
    st.tuples(st.sampled_from(["fact", "fact", "command"]), st.sampled_from(["1", "1 2", "2 3"])),
)
aliases = st.dictionaries(
    st.sampled_from(["view", "buy", "page_viewed", "payment_received"]),
    st.sampled_from(["buy", "shown", "page_viewed", "payment_received", "checkout_completed"]),
    max_size=2,
).map(lambda names: {alias: name for alias, name in names.items() if alias != name})
# what is registered changes, and some models get to know of it before the others
registrations = st.tuples(
    st.just("register"), registered, aliases, st.none() | st.sets(st.sampled_from(MODELS))
)
runs = partial_runs | full_runs | refreshes | reconciliations | repairs | registrations
steps = st.lists(
    st.tuples(landings | landings | landings | replays, st.none() | runs), min_size=1, max_size=4
)


# how far the watermark stays behind, and how late an event may be; mostly any
policies = st.tuples(
    st.sampled_from([timedelta(), timedelta(hours=1)]),
    st.sampled_from([None, None, timedelta(), timedelta(minutes=30), timedelta(days=1)]),
)


def take(trial: Trial, number: int, step: tuple) -> None:
    """Land lines, land a file again under another name, run models, or let late events in."""
    match step:
        case "land", place, sent:
            # some files come before those of earlier steps, in order of name, and one grows
            trial.land(("grows", f"a{9 - number}", f"b{number}")[place] + ".ndjson", sent)
        case "replay", which:
            files = sorted(trial.warehouse.landing.iterdir())
            again = files[which % len(files)].read_bytes().splitlines()
            trial.land(f"c{number}.ndjson", again)
        case "run", models, how:
            selection = ["--select", *sorted(models)] if models else []
            trial.run(*selection, *([f"--{how}"] if how else []))
        case "repair", models, midnight, first, days:
            start = midnight + timedelta(days=first)
            window = ["--event-time-start", start, "--event-time-end", start + timedelta(days=days)]
            trial.run(*(["--select", *sorted(models)] if models else []), *map(str, window))
        case "register", known, names, models:
            trial.register(known, names)
            if models is not None:
                trial.run(*(["--select", *sorted(models)] if models else []))
        case ("reconcile",):
            trial.run(reconcile=True)


@settings(
    max_examples=ceil(EXAMPLES / 2),
    deadline=None,
    database=None,
    phases=[Phase.generate] + [Phase.shrink] * ("DURABLE_EVENTS_EXAMPLES" in os.environ),
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.parametrize("half", ["one", "other"])  # of the examples, for a process each
@given(first=lines, rest=steps, parsed_days_before=st.sampled_from([0, 2]), policy=policies)
def test_every_table_is_exact_however_the_runs_went(half, first, rest, parsed_days_before, policy):
    with tempfile.TemporaryDirectory() as folder, parsed_before(parsed_days_before):
        trial = Trial(Warehouse(Path(folder)), *policy)
        trial.land("first.ndjson", first)
        trial.run()
        for number, (landing, run) in enumerate(rest):
            take(trial, number, landing)
            if run:
                take(trial, number, run)
        trial.run()
        trial.check(rebuild=True)
