"""Write the files of a history: what something was, and from when to when."""

import re
from typing import Annotated

import typer

from durable_events.errors import CannotTell
from durable_events.options import ProjectDir, WarehouseFile
from durable_events.project import Project
from durable_events.scaffolding.files import (
    NOT_NULL,
    column,
    documented,
    folded,
    folders,
    named,
    path_of,
    prefix,
    write,
)
from durable_events.scaffolding.options import FromWarehouse, Into
from durable_events.scaffolding.properties import report, seen
from durable_events.warehouse import opened

# what a history has besides the columns that make a state
OWN = ("state_number", "is_deleted", "valid_from", "valid_to", "properties", "item")

CHANGES = """models:
  - name: {name}_changes
    description: >
{description}
    columns:
{columns}    data_tests:
      - {package}equals_rebuild:
          arguments:
            inputs: [ref('events')]
"""
SPANS = """One row per {0} and state that it was in. The spans of a {0} touch and do not overlap, so
`valid_from <= t and (valid_to > t or valid_to is null)` finds the one state at a moment."""
HAS = "Whether the event says something of `{}`, a value or that there is none."
HISTORY = """models:
  - name: {name}_history
    description: >
{description}
    columns:
{columns}    data_tests:
      - {package}equals_rebuild:
          arguments:
            inputs: [ref('{name}_changes'), ref('events')]
      - {package}unique_together:
          arguments:
            columns: [{key}, valid_from]
"""


def listed(names: list[str]) -> str:
    """Names as a list in Jinja."""
    return "[" + ", ".join(f"'{name}'" for name in names) + "]"


def main(
    name: Annotated[str, typer.Argument(help="What it is the history of, such as customer.")],
    *,
    event: Annotated[
        list[str], typer.Option(help="The name of an event that tells a change; may be repeated.")
    ],
    key: Annotated[
        str, typer.Option(help="What tells one from another: a column of events, or a property.")
    ] = "user_key",
    attribute: Annotated[
        list[str] | None,
        typer.Option(help="A property that makes a state, text for a start; may be repeated."),
    ] = None,
    deleted_by: Annotated[
        list[str] | None, typer.Option(help="The name of an event that ends it; may be repeated.")
    ] = None,
    is_sparse: Annotated[
        bool, typer.Option("--sparse", help="An event names only what changed, not all there is.")
    ] = False,
    from_warehouse: FromWarehouse = False,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    into: Into = None,
) -> None:
    """Write the four files of a history.

    Example: durable-events scaffold history plan --event plan_changed --attribute plan

    They are two models, each a line of SQL and its YAML: NAME_changes, a row per change that the
    events tell, and NAME_history, a row per state with the span in which it held. With
    --from-warehouse the properties that these events had so far make the states. No file is
    overwritten.
    """
    project = Project(project_dir)
    events, ends = [named(e, "event") for e in event], deleted_by or []
    for end in ends:
        named(end, "event")
    named(name, "history")
    attributes = {
        named(a, "column"): column(a, "varchar", "TODO", path_of(a)) for a in attribute or []
    }
    if from_warehouse:
        with opened(project.warehouse(warehouse), project) as reading:
            properties, count, _, _ = seen(
                reading, *events, taken=frozenset({*OWN, named(key, "key")})
            )
        report(", ".join(events), properties, count)
        found = {item.column: item for item in properties if item.column and item.key != key}
        unknown = attributes.keys() - found.keys()
        if unknown:
            raise CannotTell(f"These events have no property {', '.join(sorted(unknown))}.")
        attributes = {a: found[a].yaml(is_typed_event=False) for a in attributes or found}
    if not attributes:
        raise CannotTell(
            "Nothing says which properties make a state. Name them, --attribute plan, or take "
            "those of the events so far: --from-warehouse."
        )
    clash = (attributes.keys() | {f"has_{a}" for a in attributes}) & {*OWN, key}
    if clash:
        raise CannotTell(f"{clash.pop()} is a name that a history has for something else.")
    folder, package = folders(project, into).silver, prefix(project)
    is_of_events = key in project.table("events").node["columns"]
    key_column = column(
        key, "varchar", f"The {name}.", NOT_NULL, *([] if is_of_events else [path_of(key)])
    )
    ended = column("is_deleted", "boolean", f"Whether the {name} is no more.", NOT_NULL)
    ended = ended if ends else ""
    load_id = documented("load_id", "bigint", NOT_NULL, doc="changed_load_id")
    told = "".join(
        text + (column(f"has_{a}", "boolean", HAS.format(a), NOT_NULL) if is_sparse else "")
        for a, text in attributes.items()
    )
    changes = (
        documented("event_id", "varchar", NOT_NULL)
        + documented("event_name", "varchar", NOT_NULL)
        + documented("event_time", "timestamp", NOT_NULL)
        + documented("event_date", "date", NOT_NULL)
        + "".join((key_column, told, ended, load_id))
    )
    history = (
        key_column
        + column("state_number", "bigint", "Which of its states it is, from 1.", NOT_NULL)
        + "".join(re.sub(r"\n        config: .*", "", text) for text in attributes.values())
        + ended
        + column("valid_from", "timestamp", "UTC. Since when the state held.", NOT_NULL)
        + column("valid_to", "timestamp", "UTC. Until when, that moment not included, if it ended.")
        + column("event_id", "varchar", "The change that began it.", NOT_NULL)
        + column("event_date", "date", "The date of `valid_from`.", NOT_NULL)
        + load_id
    )
    ending = f", deleted_by={listed(ends)}" if ends else ""
    call = f"{package}entity_changes({listed(events)}, key='{key}'{ending})"
    sparse = ", is_sparse=true" if is_sparse else ""
    made = f"{package}entity_history(ref('{name}_changes'), key='{key}'{sparse})"
    facts = {"name": name, "package": package, "key": key}
    told_by = (
        f"One row per change of a {name}, as the events tell it: "
        + ", ".join(f"`{e}`" for e in [*events, *ends])
        + f". What it led to: `{name}_history`."
    )
    write(
        project,
        {
            folder
            / f"{name}_changes.sql": f"-- one row per change of a {name}\n{{{{ {call} }}}}\n",
            folder / f"{name}_changes.yml": CHANGES.format(
                **facts, columns=changes, description=folded(told_by)
            ),
            folder / f"{name}_history.sql": f"-- one row per {name} and state that it was in\n"
            f"{{{{ {made} }}}}\n",
            folder / f"{name}_history.yml": HISTORY.format(
                **facts, columns=history, description=folded(SPANS.format(name))
            ),
        },
    )
