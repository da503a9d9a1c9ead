"""Write a dbt project that takes this one as a package."""

import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Annotated

import typer

from durable_events.errors import CannotTell
from durable_events.project import PACKAGE, from_here

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATE = CHECKOUT / "scripts" / "project_template"
# A file or folder of the template whose name has this in front begins with a dot.
DOT = "dot_"
# What a project has as this one has it.
SAME = ("requirements.txt", "selectors.yml", ".sqlfluff")
# In place of Jinja's own, which the template's files hold for dbt.
DELIMITERS = {
    "variable_start_string": "<<",
    "variable_end_string": ">>",
    "block_start_string": "<%",
    "block_end_string": "%>",
    "comment_start_string": "<#",
    "comment_end_string": "#>",
    # in YAML a comment
    "line_statement_prefix": "# %",
}


def name_of(folder: str) -> str:
    """A dbt project's name, made of a folder's: letters a-z, digits and `_`, a letter first."""
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "events"
    name = name if name[0].isalpha() else f"events_{name}"
    # dbt's own packages, and this one, which it will have beside it
    return f"{name}_project" if name == PACKAGE or re.match(r"dbt(_|$)", name) else name


def profile(name: str) -> str:
    """This project's profiles.yml, for another: it has the landing folder's reader installed."""
    text = (CHECKOUT / "profiles.yml").read_text()
    for pattern, replacement in (
        (rf"^{PACKAGE}:$", f"{name}:"),
        (r"^ *module_paths: .*\n", ""),
        (r"module: landing_reader$", f"module: {PACKAGE}.landing_reader"),
    ):
        text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert count == 1, f"profiles.yml has not one {pattern}"
    return text


def files(folder: Path) -> dict[str, str]:
    """What a project in a folder consists of: texts by path."""
    import jinja2

    name = name_of(folder.name)
    facts = {
        "name": name,
        "folder": folder.name,
        "engine": json.dumps(os.path.relpath(CHECKOUT, folder), ensure_ascii=False),
        "has_example": (CHECKOUT / "models" / "shop").is_dir(),
    }
    jinja = jinja2.Environment(
        **DELIMITERS, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    found = {file: (CHECKOUT / file).read_text() for file in SAME}
    found["profiles.yml"] = profile(name)
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file():
            parts = path.relative_to(TEMPLATE).parts
            to = Path(*(re.sub(f"^{DOT}", ".", part) for part in parts)).as_posix()
            found[to] = jinja.from_string(path.read_text()).render(facts)
    return found


def main(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write it to.")],
) -> None:
    """Write a dbt project of your own, with this one in it.

    Example: durable-events new ../acme && make -C ../acme run

    It runs as it stands, on a few sample events that can be deleted: a typed event, an alias, a
    daily table, tests, a CI workflow, a schedule and a README of one page. A folder that holds
    anything is left as it is.
    """
    if not (CHECKOUT / "dbt_project.yml").is_file():
        raise CannotTell(
            "A new project takes the package from a checkout of it, and this command was installed "
            "without one: clone the repository, and run `make new DIR=...` there."
        )
    to = folder.resolve()
    if to.is_relative_to(CHECKOUT):
        raise CannotTell(f"{folder} lies in the package itself: name a folder outside {CHECKOUT}.")
    if to.exists() and not to.is_dir():
        raise CannotTell(f"{folder} is a file: name a folder that is not there yet, or empty.")
    if to.is_dir() and any(entry.name != ".git" for entry in to.iterdir()):
        raise CannotTell(f"{folder} is not empty, and is left as it is: name another folder.")
    for path, text in files(to).items():
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        (to / path).write_text(text)
    print(f"Wrote the dbt project {name_of(to.name)}. Next: cd '{from_here(to)}' && make run")
