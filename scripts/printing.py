"""How the commands print what they found."""

import json
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table


def printable(value, length: int = 120) -> str:
    """A value of the data, printed as data: no control characters, not too long."""
    text = "" if value is None else str(value)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= length else text[: length - 1] + "…"


def plain(value, length: int = 120) -> str:
    """The same where markup is read: what looks like markup is none."""
    return escape(printable(value, length))


def table(title: str, *columns: str) -> Table:
    """A table that leaves room for numbers on a narrow terminal."""
    found = Table(*columns, title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    found.padding = (0, 1, 0, 0)
    return found


def as_json(found: dict) -> str:
    """What was found, in one line of JSON. A time without a zone is UTC, as in all tables."""

    def text(value) -> str:
        is_utc = isinstance(value, datetime) and value.tzinfo is None
        return f"{value.isoformat()}Z" if is_utc else str(value)

    return json.dumps(found, default=text)
