"""One scheduled run at a time on a warehouse."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

POLL_SECONDS = 0.2


class InUse(Exception):
    """Another scheduled run works on the warehouse; says which."""


@contextmanager
def locked(warehouse: Path, wait: timedelta) -> Iterator[int]:
    """Hold the lock of a warehouse: the file beside it whose name ends in `.lock`.

    The lock is the system's, on the open file. It ends with the last process that has the file
    open, however that ends, so there is none to clean up. The file stays, and says who came last.

    Args:
        warehouse: the DuckDB file; need not be there yet, but its folder.
        wait: how long to wait for another run to end.

    Gives the number of the open file. A child process that is handed it (`pass_fds`) holds the lock
    too: if this process is killed, its dbt may live on, and nobody else should start meanwhile.

    Raises InUse, and OSError where the file can't be written.
    """
    path = warehouse.with_name(f"{warehouse.name}.lock")
    deadline = time.monotonic() + wait.total_seconds()
    with path.open("a+") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise InUse(path.read_text().strip() or "another run") from None
                time.sleep(POLL_SECONDS)
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC):%F %T} UTC\n")
        file.flush()
        yield file.fileno()
