"""The files of new models: what they are called, where they go, and that none is overwritten."""

import json
import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from durable_events.errors import CannotTell
from durable_events.project import PACKAGE, Project, from_here

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# what a column or a path is written as; anything else would need quotes
KEY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
NOT_NULL = "constraints: [{type: not_null}]"


def named(name: str, of: str = "model") -> str:
    """A name as it was given.

    Args:
        name: of something new.
        of: what has it.

    Raises:
        CannotTell: it is no plain name, which could not stand in SQL, YAML and paths as it is.
    """
    if not NAME.fullmatch(name):
        raise CannotTell(
            f"{name!r} is no name for a {of}: letters a-z, digits and _, a letter first."
        )
    return name


def column(name: str, data_type: str, description: str, *facts: str) -> str:
    """A column as a model's YAML declares it.

    Args:
        name: its name.
        data_type: its SQL type.
        description: what it means.
        facts: further lines of YAML, such as its constraints.
    """
    is_plain = re.fullmatch(r"[A-Za-z0-9](?:[^:#]|:(?! ))*", description)
    description = description if is_plain else json.dumps(description)
    lines = [f"name: {name}", f"data_type: {data_type}", f"description: {description}", *facts]
    return "      - " + "\n        ".join(lines) + "\n"


def folded(description: str) -> str:
    """A model's description, as YAML folds it: lines of at most 100 characters."""
    return textwrap.fill(
        " ".join(description.split()),
        width=100,
        initial_indent="      ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def documented(name: str, data_type: str, *facts: str, doc: str = "") -> str:
    """A column that is in many tables, and means what a docs block of its name, or `doc`, says."""
    return column(name, data_type, f"{{{{ doc('{doc or name}') }}}}", *facts)


def path_of(name: str) -> str:
    """What says that a column is read from the property of its name."""
    return f"config: {{meta: {{path: $.{name}}}}}"


@dataclass(frozen=True)
class Folders:
    """Where new models go: typed events, silver tables, gold tables."""

    typed: Path
    silver: Path
    gold: Path


def folders(project: Project, into: Path | None = None) -> Folders:
    """Where a project's new models go.

    Typed events go where most of its others are, `models/silver/typed` if it has none yet. What is
    made of them goes into the folder `silver` that they are in, or one above, and into `gold`
    beside it. Where there is no `silver`, or a folder is said, all goes into one.
    """
    if into:
        return Folders(into, into, into)
    found = Counter(
        Path(table.node["original_file_path"]).parent
        for table in project.tables.values()
        if table.node["package_name"] == project.name
        and "typed_event(" in table.node.get("raw_code", "")
    )
    models = Path(project.settings.get("model-paths", ["models"])[0])
    folder = found.most_common(1)[0][0] if found else models / "silver" / "typed"
    typed = from_here(project.folder / folder)
    silver = next((path for path in (typed, typed.parent) if path.name == "silver"), None)
    return Folders(typed, silver or typed, silver.parent / "gold" if silver else typed)


def prefix(project: Project) -> str:
    """What a macro or a test of the package is called by in a project: by its package elsewhere."""
    return "" if project.name == PACKAGE else f"{PACKAGE}."


def write(project: Project, files: dict[Path, str]) -> None:
    """Write new models, all or none.

    Args:
        project: the one that gets them.
        files: the text of each. A model is called as its SQL file.

    Raises:
        CannotTell: there is such a file, or such a model elsewhere.
    """
    taken = {}
    for table in project.tables.values():
        taken |= dict.fromkeys(
            (table.node["name"], table.identifier), table.node["original_file_path"]
        )
    for file in files:
        if file.exists():
            raise CannotTell(f"{file} exists, and is left as it is.")
        if file.stem in taken:
            raise CannotTell(
                f"There is a model {file.stem} in {taken[file.stem]}, and it is left as it is."
            )
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        print(f"Wrote {file}")
    print("Say what the TODOs ask for, then: dbt build")
