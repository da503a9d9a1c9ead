"""Run the hand-written SQL on a landing folder: the practical limit, and the truth."""

import json
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


def build(database: Path, files: list[Path], kind: str, config: dict | None = None) -> None:
    """Build all tables from landing files into a new database.

    Args:
        database: the DuckDB file to make.
        files: what has landed.
        kind: what is in the files, `lines` or `rows`.
        config: DuckDB's settings.
    """
    with duckdb.connect(str(database), config=config or {}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set variable files = ?", [sorted(map(str, files))])
        started = datetime.now(UTC).replace(tzinfo=None)
        connection.execute("set variable received_at = cast(? as timestamp)", [started])
        for section in (kind, "verdicts", "tables"):
            connection.execute(sections()[section])


def main() -> None:
    """Build from the command line: DATABASE LANDING KIND CONFIG (DuckDB's settings as JSON)."""
    database, landing, kind, config = sys.argv[1:]
    files = list(Path(landing).rglob(f"*{SUFFIXES[kind]}"))
    build(Path(database), files, kind, json.loads(config))


if __name__ == "__main__":
    main()
