"""What a scheduled run says meanwhile, on stderr: bars, a few lines, or a JSON object per line."""

import json
import os
import sys
import threading
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from durable_events.printing import plain


class Lines:
    """A few lines: what dbt says of failures and of tests that warn, and how the run ended."""

    def __init__(self, console: Console):
        self.console = console

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def dbt(self, event: dict) -> None:
        """Take in an event of dbt's log."""
        # the hook `show_failures` says by name and row what a test found
        if event["info"]["level"] == "error" or event["info"]["name"] == "JinjaLogInfo":
            self.say(event["info"]["msg"], event["info"]["level"])

    def say(self, message: str, level: str = "info") -> None:
        """Say something of our own. `level`: info, warn or error."""
        for line in message.splitlines():
            style = {"error": "bold red", "warn": "yellow"}.get(level)
            self.console.print(plain(line, 1000), style=style, highlight=False, soft_wrap=True)


class Bars(Lines):
    """For a terminal: also a bar over all nodes, and one over the batches of a model."""

    def __init__(self, console: Console):
        super().__init__(console)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self.nodes = self.bars.add_task("dbt starts", total=None)
        self.batches = self.bars.add_task("", total=None, visible=False)

    def __enter__(self):
        self.bars.start()
        return self

    def __exit__(self, *_):
        self.bars.stop()

    def dbt(self, event: dict) -> None:
        super().dbt(event)
        name, data = event["info"]["name"], event["data"]
        node = plain(data.get("node_info", {}).get("node_name", ""), 40)
        if name == "MainReportVersion":
            self.bars.reset(self.nodes, description="dbt starts", total=None)
        elif name == "LogStartLine":
            self.bars.update(self.nodes, description=node, total=data["total"])
        elif name == "LogStartBatch" and data["total_batches"] > 1:
            done, total = data["batch_index"] - 1, data["total_batches"]
            label = f"  batches of {node}"
            self.bars.update(
                self.batches, description=label, total=total, completed=done, visible=True
            )
        elif name == "LogBatchResult":
            self.bars.update(self.batches, completed=data["batch_index"])
        elif name in ("SkippingDetails", "LogSkipBecauseError") or name.endswith("Result"):
            self.bars.update(self.batches, visible=False)
            self.bars.advance(self.nodes)


class Json:
    """For machines: an object per line, dbt's as it is and our own in the same shape."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def dbt(self, event: dict) -> None:
        """Take in an event of dbt's log."""
        print(json.dumps(event), file=sys.stderr, flush=True)

    def say(self, message: str, level: str = "info") -> None:
        """Say something of our own. `level`: info, warn or error."""
        info = {
            "level": level,
            "msg": message,
            "name": "ScheduledRun",
            "pid": os.getpid(),
            "thread": threading.current_thread().name,
            "ts": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        self.dbt({"data": {}, "info": info})


def log_of(kind: str) -> Lines | Json:
    """The log for `--log-format`: `json`, or `text`, with bars where somebody looks on."""
    if kind == "json":
        return Json()
    console = Console(stderr=True)
    return Bars(console) if console.is_terminal else Lines(console)
