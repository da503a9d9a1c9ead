"""One run for a schedule: build, validate, say how the warehouse is, tell a webhook."""

import json
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from textwrap import shorten
from typing import Annotated

import typer

from durable_events.errors import CannotTell
from durable_events.monitoring.durations import duration
from durable_events.monitoring.read import newest_load, read
from durable_events.options import AsJson, ProjectDir, WarehouseFile
from durable_events.printing import as_json
from durable_events.project import Project
from durable_events.scheduling.dbt import LAST_LINES, Attempt, Child, attempts, outcome
from durable_events.scheduling.lock import InUse, locked
from durable_events.scheduling.logs import Json, Lines, log_of
from durable_events.warehouse import opened

WEBHOOK = "DURABLE_EVENTS_WEBHOOK"
VALIDATE = (sys.executable, "-m", "durable_events", "validate")
SITE = (sys.executable, "-m", "durable_events", "site")
SKIPPED = 3
TOLD = 10


class LogFormat(StrEnum):
    """How the run says what it does."""

    TEXT = "text"
    JSON = "json"


class Stopped(BaseException):
    """Somebody told the process to end."""


class Run:
    """A scheduled run, and the `document` of how it went: docs/scheduling.md says its keys."""

    def __init__(self, warehouse: Path, child: Child, log: Lines | Json):
        self.warehouse, self.child, self.log = warehouse, child, log
        self.began = time.monotonic()
        self.steps: list[dict] = []
        self.document = {
            "state": "failed",
            "started_at": now(),
            "warehouse": str(warehouse),
            "steps": self.steps,
            "results": outcome([]),
            "load_ids": [],
            "findings": [],
            "status": None,
        }

    def step(self, name: str, work: Callable[[dict], str | None]) -> bool:
        """Do a step, note how it went; whether it went well. `work` gives what went wrong."""
        step = {"name": name, "state": "failed", "message": "stopped"}
        self.steps.append(step)
        began = time.monotonic()
        try:
            wrong = work(step)
        finally:
            step["seconds"] = round(time.monotonic() - began, 3)
        step |= {"state": "failed" if wrong else "ok", "message": wrong or ""}
        return not wrong

    def build(self, command: list[str], retries: int, delay: float) -> Callable[[dict], str | None]:
        """The step that runs dbt."""

        def work(step: dict) -> str | None:
            tried: list[Attempt] = []
            step["attempts"] = []
            for found in attempts(self.child, command, retries, delay, self.log):
                tried.append(found)
                keys = ("command", "exit_code", "seconds", "invocation_id")
                step["attempts"].append({key: getattr(found, key) for key in keys})
                self.document["results"] = outcome(tried)
            if tried[-1].exit_code == 0:
                return None
            failed = self.document["results"]["failures"]
            told = [f"{row['name']}: {shorten(row['message'], 500)}" for row in failed[:TOLD]]
            return "\n".join([f"dbt ended with {tried[-1].exit_code}", *told])

        return work

    def command(self, command: tuple[str, ...]) -> Callable[[dict], str | None]:
        """A step that runs another command of `durable-events`."""

        def work(step: dict) -> str | None:
            last_lines: list[str] = []
            with self.child.run(*command) as process:
                for line in process.stdout:
                    last_lines = [*last_lines, line.rstrip()][-LAST_LINES:]
            step["exit_code"] = process.returncode
            return "\n".join(last_lines) or "it said nothing" if process.returncode else None

        return work

    def look(self, before: dict) -> Callable[[dict], str | None]:
        """The step that reads how the warehouse is now."""

        def work(step: dict) -> str | None:
            try:
                with opened(self.warehouse, self.child.project) as reading:
                    status = read(reading, before["touched"])
            except CannotTell as error:
                return str(error)
            self.document |= {"status": status.as_dict(), "findings": status.findings}
            self.document["load_ids"] = [
                load["load_id"] for load in status.loads if load["load_id"] > (before["loads"] or 0)
            ][::-1]
            return None

        return work

    def finish(self, webhook: str | None, is_stopped: bool) -> int:
        """Write down how it went, tell the webhook if there is something to tell; the exit code."""
        from durable_events.scheduling.webhook import send, slack_text

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        document = self.document
        failed = is_stopped or any(step["state"] == "failed" for step in self.steps)
        document["state"] = "failed" if failed else "findings" if document["findings"] else "ok"
        document |= {
            "exit_code": 1 if failed else 0,
            "ended_at": now(),
            "seconds": round(time.monotonic() - self.began, 3),
        }
        text = self.text(is_stopped)
        document["webhook"] = {"state": "not needed", "message": ""}
        if webhook and document["state"] != "ok":
            kept = {key: value for key, value in document.items() if key != "status"}
            body = {"text": slack_text(text)} | kept
            wrong = send(webhook, json.loads(as_json(body)))
            document["webhook"] = {"state": "failed" if wrong else "sent", "message": wrong or ""}
            if wrong:
                self.log.say(f"The webhook was not told: {wrong}", "warn")
        path = self.child.project.target / "scheduled_run.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".tmp").write_text(as_json(document))
        path.with_suffix(".tmp").replace(path)
        self.log.say(text, "error" if failed else "info")
        return document["exit_code"]

    def text(self, is_stopped: bool) -> str:
        """How it went, in a few lines."""
        document = self.document
        counts = document["results"]["counts"].items()
        nodes = ", ".join(f"{count} {status}" for status, count in counts) or "nothing was run"
        loads = ", ".join(map(str, document["load_ids"])) or "none"
        lines = [
            f"{self.warehouse.name}: {document['state']} in {document['seconds']:.0f} s. "
            f"dbt: {nodes}. New loads: {loads}."
        ]
        if is_stopped:
            lines.append("The run was stopped.")
        lines += [
            f"{step['name']}: {step['message']}" for step in self.steps if step["state"] == "failed"
        ]
        for row in document["findings"][:TOLD]:
            about = (row["event_date"], row["event_name"], row["field"], row["trigger_name"])
            lines.append(f"{' '.join(str(fact) for fact in about if fact)}: {row['finding']}")
        if len(document["findings"]) > TOLD:
            lines.append(f"and {len(document['findings']) - TOLD} findings more")
        return "\n".join([*lines, *(document["status"] or {}).get("needs_a_look", [])])


def now() -> str:
    """This moment, in ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stop(*_) -> None:
    """What the process does when it is told to end: it ends its child, and says how far it came."""
    raise Stopped


def main(
    dbt_command: Annotated[
        list[str] | None,
        typer.Argument(help="Any dbt command; `build --selector scheduled` if not said."),
    ] = None,
    *,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    retries: Annotated[int, typer.Option(min=0, help="How often to run again what failed.")] = 2,
    retry_delay: Annotated[
        timedelta,
        typer.Option(
            parser=duration, metavar="DURATION", help="The pause before the first; they double."
        ),
    ] = "10s",
    wait: Annotated[
        timedelta,
        typer.Option(
            parser=duration, metavar="DURATION", help="How long to wait for another run to end."
        ),
    ] = "0s",
    site: Annotated[bool, typer.Option("--site", help="Make the site, too.")] = False,
    webhook: Annotated[
        str | None,
        typer.Option(
            envvar=WEBHOOK,
            help="Told of failures and findings. A secret: better given by its variable.",
        ),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option(help="Of what is told on stderr.")
    ] = LogFormat.TEXT,
    is_json: AsJson = False,
) -> None:
    """Do what a schedule does: build, validate, look, tell.

    Example: durable-events schedule --wait 30m -- build --select gold

    What is new is validated, and a webhook is told of what went wrong or was found. dbt does the
    work, `dbt retry` goes on where it failed. What happened is in scheduled_run.json,
    in dbt's target folder. One run at a time: a second one on the same warehouse waits (--wait), or
    ends at once with 3. Ends with 0 if all went well, whatever was found in the data; with 1 if
    dbt, a critical validation or the site failed, or the run was stopped.
    """
    project = Project(project_dir)
    warehouse = project.warehouse(warehouse).resolve()
    log = log_of(log_format)
    signal.signal(signal.SIGTERM, stop)
    environment = project.environment(warehouse)
    environment.pop(WEBHOOK, None)
    try:
        with locked(warehouse, wait) as lock:
            run = Run(warehouse, Child(project, environment, lock), log)
            command = dbt_command or ["build", "--selector", "scheduled"]
            is_stopped = False
            try:
                with log:
                    everything(run, command, retries, retry_delay.total_seconds(), site)
            except (Stopped, KeyboardInterrupt):
                is_stopped = True
            code, document = run.finish(webhook, is_stopped), run.document
    except InUse as holder:
        reason = f"Another scheduled run ({holder}) is working on {warehouse}: nothing was done."
        log.say(reason, "warn")
        code, document = SKIPPED, {"state": "skipped", "exit_code": SKIPPED, "reason": reason}
    except Stopped:
        raise typer.Exit(1) from None
    except OSError as error:
        raise CannotTell(f"Can't lock {warehouse}: {error}") from None
    if is_json:
        print(as_json(document))
    raise typer.Exit(code)


def everything(run: Run, command: list[str], retries: int, delay: float, site: bool) -> None:
    """The steps, in their order."""
    before = newest_load(run.warehouse, run.child.project)
    built = run.step("build", run.build(command, retries, delay))
    after = newest_load(run.warehouse, run.child.project)
    # a load is validated once, by the first run that gets so far
    is_new = (after["validated"] or 0) < (after["touched"] or 0)
    if built and is_new:
        run.step("validate", run.command(VALIDATE))
    if built and site:
        run.step("site", run.command(SITE))
    run.step("status", run.look(before))
