"""Durations as people write them: 45s, 10m, 2h, '3 days'."""

from datetime import timedelta

import duckdb
import typer


def duration(text: str) -> timedelta:
    """Read a duration, as DuckDB reads intervals.

    Raises typer.BadParameter, which says what was expected.
    """
    try:
        (found,) = duckdb.execute("select epoch(cast(? as interval))", [text]).fetchone()
    except duckdb.ConversionException:
        found = -1
    if found < 0 or text.strip().isdigit():
        raise typer.BadParameter(f"{text!r} is no duration: write 45s, 10m, 2h or '3 days'.")
    return timedelta(seconds=found)
