"""Run a command and measure it: wall time, and the peak memory of all its processes."""

import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.1


class CommandError(RuntimeError):
    """A measured command failed; says which, and the end of what it printed."""


@dataclass(frozen=True)
class Measure:
    """What a command took: seconds of wall time, and bytes of memory at the worst moment."""

    seconds: float
    peak_bytes: int


def resident_bytes(process: psutil.Process) -> int:
    """The memory that a process and all below it hold now, in bytes."""
    total = 0
    try:
        for member in (process, *process.children(recursive=True)):
            total += member.memory_info().rss
    except psutil.Error:
        pass  # one of them has just ended
    return total


def measured(command: list[str], cwd: Path, env: dict[str, str] | None = None) -> Measure:
    """Run a command to its end.

    Args:
        command: program and arguments.
        cwd: the folder to run it in.
        env: variables to set beside those that are set already.

    Raises:
        CommandError: it failed.
    """
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        started = subprocess.Popen(
            command, cwd=cwd, env=os.environ | (env or {}), stdout=output, stderr=output
        )
        process, ended, peak = psutil.Process(started.pid), threading.Event(), 0

        def watch() -> None:
            nonlocal peak
            while not ended.is_set():
                peak = max(peak, resident_bytes(process))
                ended.wait(SAMPLE_SECONDS)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            code = started.wait()
        except BaseException:
            started.terminate()  # Ctrl-C: leave nothing running
            started.wait()
            raise
        finally:
            seconds = time.perf_counter() - began
            ended.set()
            watcher.join()
        if code:
            output.seek(0)
            said = output.read().decode(errors="replace")[-3_000:]
            raise CommandError(f"{' '.join(command)}\nended with {code} and said:\n{said}")
    return Measure(seconds, peak)
