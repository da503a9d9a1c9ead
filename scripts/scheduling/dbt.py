"""Run dbt, and run again what failed."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from durable_events.project import DBT, Project
from durable_events.scheduling.logs import Json, Lines

STOP_SECONDS = 10
LAST_LINES = 20
# What may go well another time. A test that failed has an answer, and would give it again.
ACCIDENTS = ("error", "runtime error", "partial success")
FAILED = (*ACCIDENTS, "fail")


@dataclass
class Child:
    """How a child process of the run is started: with which environment, holding which lock."""

    project: Project
    environment: dict[str, str]
    lock: int

    @contextmanager
    def run(self, *arguments: str) -> Iterator[subprocess.Popen]:
        """A process in the project's folder, stopped where this one is; its `stdout` has stderr."""
        process = subprocess.Popen(
            arguments,
            cwd=self.project.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=[self.lock],
        )
        try:
            yield process
            process.wait()
        except BaseException:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise


@dataclass
class Attempt:
    """One run of dbt.

    `results`: what became of each node, by id, as `run_results.json` has it. `errors`: what the log
    says of a node that failed. `last_lines`: of what was no event; why, if there are no results.
    """

    command: str
    exit_code: int = -1
    seconds: float = 0.0
    invocation_id: str = ""
    results: dict[str, dict] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    last_lines: list[str] = field(default_factory=list)

    @property
    def is_worth_another(self) -> bool:
        """Something failed that may go well another time."""
        accidents = [row for row in self.results.values() if row["status"] in ACCIDENTS]
        return self.exit_code != 0 and bool(accidents or not self.results)


def attempt(child: Child, arguments: list[str], log: Lines | Json) -> Attempt:
    """Run a dbt command once, and tell the log what it says."""
    found = Attempt(" ".join(arguments))
    began = time.monotonic()
    flags = ["--log-format", "json", "--log-format-file", "debug", "--no-use-colors"]
    with child.run(*DBT, *flags, *arguments) as process:
        for line in process.stdout:
            try:
                event = json.loads(line)
                info = event["info"]
            except (ValueError, TypeError, KeyError):
                found.last_lines = [*found.last_lines, line.rstrip()][-LAST_LINES:]
                continue
            found.invocation_id = info["invocation_id"]
            if info["level"] == "error":
                node = (event["data"].get("node_info") or {}).get("unique_id", "")
                # the first says why, those after it that it failed
                found.errors.setdefault(node, (event["data"].get("exc") or info["msg"]).strip())
            log.dbt(event)
    found.exit_code = process.returncode
    found.seconds = round(time.monotonic() - began, 3)
    written = run_results(child.project)
    if found.invocation_id and written["metadata"].get("invocation_id") == found.invocation_id:
        found.results = {row["unique_id"]: row for row in written["results"]}
    return found


def run_results(project: Project) -> dict:
    """What dbt wrote of its last command."""
    path = project.target / "run_results.json"
    return json.loads(path.read_text()) if path.is_file() else {"metadata": {}, "results": []}


def attempts(
    child: Child, arguments: list[str], retries: int, delay: float, log: Lines | Json
) -> Iterator[Attempt]:
    """Run a dbt command, and again what failed, until it is done or was tried often enough.

    Args:
        child: how to start it.
        arguments: the dbt command, such as `["build"]`.
        retries: how often to try again.
        delay: seconds before the first retry; they double.
        log: what is told of it.

    Again is `dbt retry`, which leaves alone what succeeded; or the whole command, where dbt wrote
    no results, because the warehouse was locked or dbt was killed.
    """
    mine, command = set(), arguments
    for number in range(retries + 1):
        found = attempt(child, command, log)
        yield found
        mine |= {found.invocation_id} if found.results else set()
        if not found.is_worth_another or number == retries:
            return
        # somebody else's command may have been there meanwhile
        can_retry = run_results(child.project)["metadata"].get("invocation_id") in mine
        command = ["retry"] if can_retry else arguments
        pause = delay * 2**number
        log.say(f"dbt {found.command} failed. In {pause:g} s: dbt {' '.join(command)}", "warn")
        time.sleep(pause)


def outcome(tried: list[Attempt]) -> dict:
    """What became of each node in the end: how many by status; which failed or warn, and why."""
    results, errors = {}, {}
    for found in tried:
        results |= found.results
        errors |= found.errors
    counts: dict[str, int] = {}
    failures, warnings = [], []
    for name, row in sorted(results.items()):
        counts[row["status"]] = counts.get(row["status"], 0) + 1
        if row["status"] in (*FAILED, "warn"):
            # of a batch dbt writes ERROR alone, and says more in its log
            message = errors.get(name) or row["message"] or ""
            told = {"name": name, "status": row["status"], "message": message}
            (warnings if row["status"] == "warn" else failures).append(told)
    if tried and tried[-1].exit_code and not failures:
        reason = errors.get("") or "\n".join(tried[-1].last_lines) or "dbt was killed"
        failures = [{"name": "dbt", "status": "error", "message": reason}]
    return {"counts": counts, "failures": failures, "warnings": warnings}
