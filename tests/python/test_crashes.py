"""Whatever ends a run, the next plain run completes and every table is exact. All faults are real.

The default is small enough for every run of the tests. To look longer:

    DURABLE_EVENTS_KILLS=50 python -m pytest tests/python/test_crashes.py -s
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import duckdb
import pytest
import yaml
from oracle import Trial
from warehouse import ASIDE, PROJECT, DbtError, Warehouse, manifest

KILLS = int(os.environ.get("DURABLE_EVENTS_KILLS", "4"))
# the long run kills with all tables
pytestmark = [pytest.mark.core] if KILLS < 50 else []
HOLD_OPEN = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""
PROFILES = yaml.safe_load((PROJECT / "profiles.yml").read_text())
CONFIG = PROFILES["durable_events"]["outputs"]["duckdb"]["config_options"]
DAY_0 = datetime.fromisoformat("2025-05-01T23:00:00")


def some_events(dice: random.Random, load: int) -> list:
    """A load: mostly of its day, some late by up to its number of days, some sent before."""
    lines = []
    for n in range(40):
        late = dice.randrange(load + 1) if dice.random() < 0.3 else 0
        at = DAY_0 + timedelta(days=load - late, minutes=dice.randrange(120))
        event_id = f"e{dice.randrange(load * 40 + 40) if dice.random() < 0.1 else load * 40 + n}"
        lines.append(
            {
                "event_id": event_id,
                "event": "x",
                "time": at.isoformat(),
                "user_id": dice.randrange(5),
            }
        )
    return [*lines, "{half a li"]


def run_and_kill(warehouse: Warehouse, seconds: float) -> bool:
    """Run dbt in a process of its own, kill -9 it after so long; whether it was still running."""
    manifest()
    process = os.fork()
    if process == 0:
        try:
            warehouse.run()
        finally:
            os._exit(0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if os.waitpid(process, os.WNOHANG)[0]:
            return False
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return True


def timed(run: Callable[[], None]) -> float:
    """The seconds that something takes."""
    start = time.monotonic()
    run()
    return time.monotonic() - start


def test_kill_at_any_moment(warehouse):
    dice = random.Random(7)
    trial = Trial(warehouse)
    for name in ("first", "second"):
        trial.land(f"{name}.ndjson", some_events(dice, 0))
        duration = timed(trial.run)  # of the second: the first parses the project as well
    killed = load = 0
    while killed < KILLS:
        load += 1
        trial.land(f"{load:03}.ndjson", some_events(dice, load))
        while run_and_kill(warehouse, dice.uniform(0, duration)):
            killed += 1
            if dice.random() < 0.7:
                break
        trial.note_load()
        # as long as runs take now: another test may be using the machine too
        duration = timed(trial.run)
        trial.check()
    trial.check(rebuild=True)
    print(f"\n{killed} runs killed over {load} loads, every table exact after each")


@pytest.mark.only("+daily_event_counts")
def test_no_reader_finds_a_date_empty(warehouse):
    """While gold is rewritten, over and over, somebody reads it in the same process."""
    trial = Trial(warehouse)
    trial.land("a.ndjson", some_events(random.Random(1), 3))
    trial.run()
    expected = warehouse.rows("select distinct event_date from gold.daily_event_counts order by 1")
    found, done = [], threading.Event()

    def read() -> None:
        # in one process, all connections to a file have the same configuration: the profile's
        with duckdb.connect(str(warehouse.database), config=CONFIG) as connection:
            while not done.is_set():
                days = "select distinct event_date from gold.daily_event_counts order by 1"
                found.append(connection.execute(days).fetchall())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(2):
            window = ["--event-time-start", "2025-04-25", "--event-time-end", "2025-05-08"]
            warehouse.run("--select", "daily_event_counts", *window)
    finally:
        done.set()
        reader.join()
    assert len(found) > 10
    assert all(days == expected for days in found)


@pytest.mark.only("+daily_event_counts", "+daily_sessions")
def test_a_second_run_says_that_another_is_on(warehouse):
    warehouse.land("a.ndjson", some_events(random.Random(1), 3))
    warehouse.run()
    before = warehouse.tables("bronze", "silver", "gold")
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_OPEN, str(warehouse.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        other.stdout.readline()
        with pytest.raises(DbtError, match="Another run is working on"):
            warehouse.run()
    finally:
        other.stdin.close()
        other.wait()
    warehouse.run()
    assert warehouse.tables("bronze", "silver", "gold") == before


def test_a_full_disk_loses_nothing(tmp_path):
    """The warehouse is on a file system of a few megabytes, and a load does not fit."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        warehouse = Warehouse(tmp_path, ASIDE)
        warehouse.database = disk / "warehouse.duckdb"
        trial = Trial(warehouse)
        trial.land("a.ndjson", some_events(random.Random(1), 1))
        trial.run()
        # text that does not compress
        dice = random.Random(2)
        lines = [
            line | {"pad": dice.randbytes(400_000).hex()} for line in some_events(dice, 2)[:-1]
        ]
        trial.land("b.ndjson", lines)
        with pytest.raises(DbtError, match=r"(?i)no space|could not write|out of memory|disk"):
            trial.run()
        trial.check()
        subprocess.run(["mount", "-o", "remount,size=512m", str(disk)], check=True)
        trial.run()
        trial.check(rebuild=False)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.only("+events", "landed_files")
def test_a_landing_folder_that_can_only_be_read(warehouse):
    trial = Trial(warehouse)
    trial.land("a.ndjson", some_events(random.Random(1), 3))
    warehouse.landing.chmod(0o555)
    try:
        trial.run()
    finally:
        warehouse.landing.chmod(0o755)
    trial.check()
