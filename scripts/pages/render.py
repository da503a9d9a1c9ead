"""Pages from templates: one HTML file each, with no script, and with all data escaped."""

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from durable_events.pages.palette import MARKS, SURFACES

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Link:
    """A page of a site: its file name beside the others, and what it is called."""

    file: str
    title: str


def number(value) -> str:
    """A number with its thousands apart; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def percent(part, whole) -> str:
    """A share in percent, in few letters; nothing where it is a share of nothing."""
    if part is None or not whole:
        return ""
    return f"{100 * part / whole:.{0 if part in (0, whole) else 1}f} %"


def duration(seconds: float | None) -> str:
    """A time span in the unit that fits it."""
    if seconds is None:
        return ""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"


def breakable(name: str) -> Markup:
    """A name that may go on in the next line after a point or an underscore."""
    return Markup(re.sub(r"[._]", r"\g<0><wbr>", str(escape(name))))


def write(
    folder: Path, template: str, file: Path, links: tuple[Link, ...] = (), **values: object
) -> None:
    """Write a page from a template; the file's folder is made if need be.

    `folder`: where the template is. `links`: the pages of the site that the page is part of.
    """
    environment = Environment(
        loader=FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "duration": duration, "breakable": breakable}
    environment.globals |= {"percent": percent, "palette": SURFACES | MARKS}
    text = environment.get_template(template).render(links=links, file=file.name, **values)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
