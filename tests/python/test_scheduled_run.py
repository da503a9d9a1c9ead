"""The run for a schedule, as a process of its own: real locks, kills, failures and web servers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import psutil
import pytest
from rich.console import Console
from test_status import HOLD_OPEN, event
from warehouse import PROJECT, Warehouse

from durable_events.commands import schedule as command
from durable_events.commands.schedule import Run, everything
from durable_events.project import Project
from durable_events.scheduling.dbt import Attempt, Child
from durable_events.scheduling.lock import InUse, locked
from durable_events.scheduling.logs import Bars, Lines
from durable_events.scheduling.webhook import send, slack_text

SCRIPT = [sys.executable, "-m", "durable_events", "schedule"]
SECRET = "T0K3N-of-the-webhook"
UNEXPECTED = "alter table gold.daily_event_counts add column unexpected integer"
EXPECTED = "alter table gold.daily_event_counts drop column unexpected"


class Receiver:
    """A web server that answers with given status codes, the last one for good, and keeps bodies.

    `slow`: seconds before an answer.
    """

    def __init__(self, *codes: int, slow: float = 0):
        receiver = self
        self.bodies: list[dict] = []
        self.codes = list(codes)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.bodies.append(json.loads(body))
                codes = receiver.codes
                time.sleep(slow)
                self.send_response(codes.pop(0) if len(codes) > 1 else codes[0])
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/{SECRET}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Schedule:
    """Starts scheduled runs on a warehouse, with a target folder of its own."""

    def __init__(self, warehouse: Warehouse):
        self.warehouse = warehouse
        self.target = warehouse.folder / "target"
        self.environment = os.environ | {
            "DURABLE_EVENTS_DB": str(warehouse.database),
            "DURABLE_EVENTS_LANDING": str(warehouse.landing),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(warehouse.folder / "logs"),
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        """A run, as JSON lines on stderr and its result on stdout."""
        return subprocess.Popen(
            [*SCRIPT, "--json", "--log-format", "json", *arguments],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kept(self) -> dict:
        """What the last run wrote down."""
        return json.loads((self.target / "scheduled_run.json").read_text())


def until(process: subprocess.Popen, *words: str) -> list[dict]:
    """The run's log up to a line that has one of the words; all of it without any."""
    found = []
    for line in process.stderr:
        found.append(json.loads(line))
        if any(word in found[-1]["info"]["msg"] for word in words):
            return found
    assert not words, f"the run never said {words}, but {[x['info']['msg'] for x in found]}"
    return found


@pytest.fixture(scope="module")
def schedule(tmp_path_factory) -> Schedule:
    """Two days of events in daily_event_counts, and what dbt parsed; all loads are validated."""
    warehouse = Warehouse(tmp_path_factory.mktemp("scheduled"))
    warehouse.land("a.ndjson", [event(1, 1), event(2, 2)])
    warehouse.run("--select", "+daily_event_counts")
    warehouse.execute("create schema quality")
    warehouse.execute("create table quality.validation_results as select 1000 as load_id, now() as validated_at, 'silver.events' as table_name, date '2026-05-05' as event_date, 'a' as expectation, 'event_id' as column_name, 'critical' as severity, true as success")  # noqa: E501  # fmt: skip
    return Schedule(warehouse)


def test_what_failed_is_run_again_and_nothing_else(schedule):
    """First somebody has the file open, then a model fails, then all is well."""
    warehouse = schedule.warehouse
    warehouse.execute(UNEXPECTED)
    reader = subprocess.Popen(
        [sys.executable, "-c", HOLD_OPEN, str(warehouse.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    reader.stdout.readline()
    command = ["run", "--select", "event_registry", "daily_event_counts"]
    with Receiver(200) as receiver:
        run = schedule.start(
            *("--retry-delay", "1s", "--", *command), DURABLE_EVENTS_WEBHOOK=receiver.url
        )
        try:
            log = until(run, "In 1 s: dbt run")
        finally:
            reader.communicate()
        assert any(
            "Another run is working on" in line["info"]["msg"]
            and f"PID {reader.pid}" in line["info"]["msg"]
            for line in log
        )
        log += until(run, "In 2 s: dbt retry")
        warehouse.execute(EXPECTED)
        log += until(run)
        found = json.loads(run.stdout.read())
        assert run.wait() == 0
        assert receiver.bodies == []
    assert (found["state"], found["exit_code"]) == ("ok", 0)
    build, status = found["steps"]
    assert [(x["command"], x["exit_code"]) for x in build["attempts"]] == [
        (" ".join(command), 2),
        (" ".join(command), 1),
        ("retry", 0),
    ]
    assert (build["name"], build["state"], status["name"]) == ("build", "ok", "status")
    made = [
        (line["info"]["invocation_id"], line["data"]["node_info"]["node_name"])
        for line in log
        if line["info"]["name"] == "LogModelResult"
    ]
    second, third = (x["invocation_id"] for x in build["attempts"][1:])
    # in the order of their ends, which two threads decide
    assert sorted(made[:2]) == [(second, "daily_event_counts"), (second, "event_registry")]
    assert made[2:] == [(third, "daily_event_counts")]
    assert found["results"]["failures"] == []
    assert found["load_ids"] == []
    assert found == schedule.kept()
    see_bars(log)


def see_bars(log: list[dict]) -> None:
    """What was logged in earnest makes bars in a terminal, and few lines elsewhere."""
    terminal = Console(file=StringIO(), force_terminal=True, width=100)
    with Bars(terminal) as bars:
        for line in (line for line in log if line["info"]["name"] != "ScheduledRun"):
            bars.dbt(line)
            if line["info"]["name"] == "LogStartBatch":
                (_, batches) = bars.bars.tasks
                assert batches.visible == (line["data"]["total_batches"] > 1)
    nodes, batches = bars.bars.tasks
    # of the last attempt, which had one node to do
    assert (nodes.completed, nodes.total, batches.visible) == (1, 1, False)
    quiet = Console(file=StringIO(), width=1000)
    lines = Lines(quiet)
    for line in log:
        lines.dbt(line)
    text = quiet.file.getvalue()
    assert "Failure in model daily_event_counts" in text
    assert "START" not in text


def test_a_failure_is_told_and_the_url_is_not(schedule):
    schedule.warehouse.execute(UNEXPECTED)
    try:
        with Receiver(500, 200) as receiver:
            run = schedule.start(
                *("--retries", "0", "run", "--", "--select", "daily_event_counts"),
                DURABLE_EVENTS_WEBHOOK=receiver.url,
            )
            output, errors = run.communicate()
    finally:
        schedule.warehouse.execute(EXPECTED)
    assert run.returncode == 1
    found = json.loads(output)
    assert (found["state"], found["webhook"]) == ("failed", {"state": "sent", "message": ""})
    (failure,) = found["results"]["failures"]
    assert failure["name"] == "model.durable_events.daily_event_counts"
    assert "out of sync" in failure["message"]
    assert len(found["steps"][0]["attempts"]) == 1
    # the first answer was 500
    assert len(receiver.bodies) == 2
    body = receiver.bodies[-1]
    assert body["text"].startswith("warehouse.duckdb: failed in ")
    assert "daily_event_counts" in body["text"]
    assert body["results"] == found["results"]
    told = output + errors + json.dumps([receiver.bodies, schedule.kept()])
    files = [p for p in schedule.warehouse.folder.rglob("*") if p.is_file()]
    assert any(path.name == "dbt.log" for path in files)
    told += "".join(path.read_text(errors="replace") for path in files)
    assert SECRET not in told


def test_one_run_at_a_time_and_a_killed_one_leaves_no_lock(schedule):
    warehouse = schedule.warehouse
    warehouse.land("b.ndjson", [event(3, 2)])
    command = ["run", "--select", "+daily_event_counts"]
    killed = schedule.start(*command[:1], "--", *command[1:])
    until(killed, "START")
    (dbt,) = psutil.Process(killed.pid).children()
    # it does not end by itself: who waited for it would wait for ever
    dbt.suspend()
    second = schedule.start()
    output, errors = second.communicate(timeout=60)
    assert second.returncode == 3
    reason = json.loads(output)["reason"]
    assert f"Another scheduled run (process {killed.pid}, since " in reason
    assert json.loads(errors)["info"]["msg"] == reason
    # dbt goes on without the one that started it, and nobody else may start
    killed.kill()
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    third = schedule.start()
    third.communicate()
    assert third.returncode == 3
    dbt.kill()
    last = schedule.start("--wait", "30s", *command[:1], "--", *command[1:])
    output, _ = last.communicate()
    assert last.returncode == 0
    counted = "select sum(event_count) from gold.daily_event_counts"
    assert warehouse.rows(counted) == [(3,)]
    assert json.loads(output)["status"]["load_count"] == 2


def test_a_run_that_is_told_to_stop_stops_dbt_and_says_so(schedule):
    with Receiver(200) as receiver:
        run = schedule.start("run", DURABLE_EVENTS_WEBHOOK=receiver.url)
        while not (children := psutil.Process(run.pid).children()):
            time.sleep(0.02)
        run.terminate()
        output, _ = run.communicate()
    assert run.returncode == 1
    assert not any(child.is_running() for child in children)
    found = json.loads(output)
    assert (found["state"], found["steps"][0]["message"]) == ("failed", "stopped")
    assert "The run was stopped." in receiver.bodies[0]["text"]


def test_who_waits_gets_the_lock(tmp_path):
    database = tmp_path / "w.duckdb"
    with locked(database, timedelta(0)):
        with pytest.raises(InUse, match=f"process {os.getpid()}"), locked(database, timedelta(0)):
            pass
        done = []

        def wait() -> None:
            with locked(database, timedelta(seconds=20)):
                done.append(True)

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.3)
        assert not done
    waiting.join()
    assert done


def test_a_failed_test_is_no_accident():
    failed = Attempt("build", exit_code=1, results={"t": {"status": "fail"}})
    assert not failed.is_worth_another
    failed.results["m"] = {"status": "error"}
    assert failed.is_worth_another
    assert Attempt("build", exit_code=2).is_worth_another
    assert not Attempt("build", exit_code=0).is_worth_another


def test_a_new_load_is_validated_and_its_findings_are_told(schedule, tmp_path, monkeypatch):
    """With scripts in place of the real ones, which take their time; the processes are real."""
    monkeypatch.setenv("DBT_TARGET_PATH", str(schedule.target))
    for name, text in (("VALIDATE", "exit('one is wrong')"), ("SITE", "print('made')")):
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        monkeypatch.setattr(command, name, (sys.executable, str(path)))
    schedule.warehouse.execute(
        "create or replace table gold.event_quality_daily as select 0 as load_id"
    )
    schedule.warehouse.execute("create or replace view gold.event_quality_findings as select 'volume' as trigger_name, date '2026-05-05' as event_date, '<!channel>' as event_name, null as field, 'too few' as finding, unnest([0, 1]) as load_id, false as is_news")  # noqa: E501  # fmt: skip
    handler = signal.getsignal(signal.SIGTERM)
    schedule.warehouse.execute("update quality.validation_results set load_id = -1")
    try:
        with Receiver(200) as receiver, locked(tmp_path / "w.duckdb", timedelta(0)) as lock:
            child = Child(Project(PROJECT), schedule.environment, lock)
            run = Run(schedule.warehouse.database, child, Lines(Console(quiet=True)))
            everything(run, ["--version"], retries=0, delay=0, site=True)
            assert run.finish(receiver.url, is_stopped=False) == 1
    finally:
        signal.signal(signal.SIGTERM, handler)
        schedule.warehouse.execute("update quality.validation_results set load_id = 1000")
    assert [(step["name"], step["state"], step["message"]) for step in run.steps] == [
        ("build", "ok", ""),
        ("validate", "failed", "one is wrong"),
        ("site", "ok", ""),
        ("status", "ok", ""),
    ]
    (body,) = receiver.bodies
    assert [row["load_id"] for row in body["findings"]] == [1]
    assert "2026-05-05 &lt;!channel&gt; volume: too few" in body["text"].splitlines()


def test_a_webhook_that_can_not_be_told(capfd, caplog):
    quick = {"attempts": 2, "timeout": 0.2, "backoff": 0.01}
    with Receiver(503) as receiver:
        assert send(receiver.url, {}, **quick) == "the answer is HTTP 503"
        assert len(receiver.bodies) == 2
    with Receiver(404) as receiver:
        assert send(receiver.url, {}, **quick) == "the answer is HTTP 404"
        assert len(receiver.bodies) == 1
    with Receiver(302) as receiver:
        assert send(receiver.url, {}, **quick) == "the answer is HTTP 302"
        assert len(receiver.bodies) == 1
    with Receiver(200, slow=0.6) as receiver:
        assert send(receiver.url, {}, **quick) == "ReadTimeoutError after 2 attempts"
    # nobody is there now
    assert "after 2 attempts" in send(receiver.url, {}, **quick)
    for nonsense in (SECRET, f"http://[{SECRET}", f"ftp://{SECRET}", ""):
        assert SECRET not in send(nonsense, {}, **quick)
    assert SECRET not in "".join([*capfd.readouterr(), caplog.text])


def test_data_calls_nobody_in_slack():
    assert slack_text("<!channel> a & b") == "&lt;!channel&gt; a &amp; b"
