"""Run the hand-written SQL on a landing folder: the practical limit, and the truth."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

SCRIPT = Path(__file__).with_suffix(".sql")
SUFFIXES = {"lines": ".ndjson.gz", "rows": ".parquet"}


def sections() -> dict[str, str]:
    """The parts of the SQL script by name."""
    return dict(
        re.findall(r"-- section: (\w+)\n(.*?)(?=-- section: |\Z)", SCRIPT.read_text(), re.S)
    )


def build(database: Path, files: list[Path], kind: str, memory_limit: str | None = None) -> None:
    """Build all tables from landing files into a new database.

    Args:
        database: the DuckDB file to make.
        files: what has landed.
        kind: what is in the files, `lines` or `rows`.
        memory_limit: DuckDB's, such as 4GB.
    """
    config = {"memory_limit": memory_limit} if memory_limit else {}
    with duckdb.connect(str(database), config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set variable files = ?", [sorted(map(str, files))])
        started = datetime.now(UTC).replace(tzinfo=None)
        connection.execute("set variable received_at = cast(? as timestamp)", [started])
        for section in (kind, "verdicts", "tables"):
            connection.execute(sections()[section])


def main() -> None:
    """Build from the command line: DATABASE LANDING KIND [MEMORY_LIMIT]."""
    database, landing, kind, *memory_limit = sys.argv[1:]
    files = list(Path(landing).rglob(f"*{SUFFIXES[kind]}"))
    build(Path(database), files, kind, *memory_limit)


if __name__ == "__main__":
    main()
