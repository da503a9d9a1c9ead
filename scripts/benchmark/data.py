"""The events that a benchmark runs on: a year of landing days, and what comes after it, by step."""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path

HISTORY_DAYS = 365
FIRST_DAY = date(2025, 1, 1)
# Days that are made after the history, whatever number of them a run uses: the history stays the
# same, and so does the scratch folder.
MORE_DAYS = 16
MOST_RUNS = MORE_DAYS - 3  # the steps after the ordinary days take one each
LINES, ROWS = "ndjson.gz", "parquet"
USERS = ("userId", "user_id", "customer_id")
LATE_ONE_DAYS = 150
LATE_SHARE, LATE_SPREAD_DAYS = 0.02, 120
SEED = 7
# Of each sender's envelope: the keys of id and time, and whether the time is milliseconds.
ENVELOPES = (
    ("messageId", "timestamp", False),
    ("event_id", "event_timestamp", True),
    ("id", "occurred_at", False),
)


@dataclass(frozen=True)
class Step:
    """Something that happens to a warehouse, and is timed.

    Args:
        key: first, day, noop, late_one, late_spread or replay.
        label: the same in words.
        day: the landing day, which is what a scheduled run takes for today.
        files: what lands: the name below the landing folder, and the file it is made of.
    """

    key: str
    label: str
    day: date
    files: tuple[tuple[str, Path], ...]


def day_of_history(number: int) -> date:
    """A landing day by its number, from 0."""
    return FIRST_DAY + timedelta(days=number)


def made(folder: Path, events: int, suffix: str) -> Path:
    """The demo stream of a size in a scratch folder: made now, or found there from before.

    Args:
        folder: of this size.
        events: how many the history of 365 landing days holds, about.
        suffix: ndjson.gz or parquet.

    Returns:
        A folder that holds one folder for each landing day.

    Raises:
        subprocess.CalledProcessError: the demo could not be written; why is on stderr.
    """
    out, done = folder / suffix, folder / f"{suffix}.done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        days = HISTORY_DAYS + MORE_DAYS
        subprocess.run(
            [
                *(sys.executable, "-m", "durable_events", "demo"),
                *("--out", str(out), "--format", suffix),
                *("--events", str(round(events * days / HISTORY_DAYS)), "--days", str(days)),
                *("--end-date", day_of_history(days - 1).isoformat(), "--seed", str(SEED)),
            ],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        done.touch()
    return out


def landed(out: Path, day: date, prefix: str = "") -> Iterator[tuple[str, Path]]:
    """The files of a landing day: the names that they land under, and where they are."""
    for path in sorted((out / day.isoformat()).iterdir()):
        yield f"{day}/{prefix}{path.name}", path


def history(out: Path) -> tuple[tuple[str, Path], ...]:
    """The files of the 365 landing days."""
    return tuple(
        file for number in range(HISTORY_DAYS) for file in landed(out, day_of_history(number))
    )


def shifted(line: str, days: int, number: int) -> str | None:
    """An event as another one that happened some days before; None if its time can't be told.

    Args:
        line: as it landed.
        days: how much earlier.
        number: makes the new id.
    """
    try:
        event = json.loads(line)
        for id_key, time_key, is_milliseconds in ENVELOPES:
            if isinstance(event, dict) and event.get(id_key) and event.get(time_key):
                event[id_key] = f"late-{number}-{event[id_key]}"
                if is_milliseconds:
                    event[time_key] -= days * 86_400_000
                else:
                    at = datetime.fromisoformat(event[time_key]).astimezone(UTC)
                    event[time_key] = (at - timedelta(days=days)).isoformat()
                return json.dumps(event, separators=(",", ":"), ensure_ascii=False)
    except (ValueError, TypeError):
        pass
    return None


def read_lines(path: Path) -> list[str]:
    """A gzipped file's lines; bytes that are not UTF-8 come out as they were when written."""
    with gzip.open(path, "rt", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        return file.read().splitlines()


def write_lines(path: Path, lines: list[str]) -> Path:
    """Write a gzipped file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def late_one(out: Path, day: date, into: Path) -> Path:
    """Write a file of one event of a user, 150 days late, made from one of the day or before it."""
    lines = (
        line
        for back in range(HISTORY_DAYS)
        for _, path in landed(out, day - timedelta(days=back))
        for line in read_lines(path)
        if any(f'"{key}":' in line for key in USERS)
    )
    late = filter(None, (shifted(line, LATE_ONE_DAYS, 0) for line in lines))
    return write_lines(into / f"late.{LINES}", [next(late)])


def late_spread(out: Path, day: date, into: Path) -> list[Path]:
    """Write a landing day anew with 2 % of its events late, spread evenly over 120 days."""
    dice, written, number = random.Random(SEED), [], 0
    for _, path in landed(out, day):
        lines = read_lines(path)
        # of a small file one event, so that there are late ones whatever the size
        for i in dice.sample(range(len(lines)), ceil(len(lines) * LATE_SHARE)):
            number += 1
            lines[i] = shifted(lines[i], dice.randint(1, LATE_SPREAD_DAYS), number) or lines[i]
        written.append(write_lines(into / path.name, lines))
    return written


def steps(out: Path, crafted: Path, runs: int) -> list[Step]:
    """What happens, in this order: each step is a landing day of its own, but for the no-op.

    Args:
        out: what `made` returned for ndjson.gz.
        crafted: a folder to write the late events to.
        runs: how many ordinary days are loaded, at most `MOST_RUNS`.
    """
    number = HISTORY_DAYS
    found = [Step("first", "first build", day_of_history(number - 1), history(out))]
    for _ in range(runs):
        day = day_of_history(number)
        found.append(Step("day", "one day's load", day, tuple(landed(out, day))))
        number += 1
    found.append(Step("noop", "nothing new", found[-1].day, ()))

    day = day_of_history(number)
    file = late_one(out, day, crafted)
    label = f"one event, {LATE_ONE_DAYS} days late"
    found.append(Step("late_one", label, day, ((f"{day}/{file.name}", file),)))

    day = day_of_history(number + 1)
    files = tuple((f"{day}/{file.name}", file) for file in late_spread(out, day, crafted))
    label = f"a day's load, {LATE_SHARE:.0%} of it up to {LATE_SPREAD_DAYS} days late"
    found.append(Step("late_spread", label, day, files))

    day, month = day_of_history(number + 2), range(HISTORY_DAYS - 31, HISTORY_DAYS)
    again = tuple(
        (f"{day}/again-{Path(name).parent}-{Path(name).name}", path)
        for name, path in (file for n in month for file in landed(out, day_of_history(n)))
    )
    found.append(Step("replay", "December's files once more", day, again))
    return found


def land(files: tuple[tuple[str, Path], ...], landing: Path) -> None:
    """Put files into a landing folder: as links, or copied where the disk knows no links."""
    for name, source in files:
        target = landing / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
