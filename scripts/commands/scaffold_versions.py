"""Write the files of two versions of an event side by side, and of what compares them."""

import re
from pathlib import Path
from typing import Annotated

import typer

from durable_events.errors import CannotTell
from durable_events.options import ProjectDir, WarehouseFile
from durable_events.project import Project
from durable_events.scaffolding import comparison
from durable_events.scaffolding.files import (
    column,
    folders,
    named,
    path_of,
    prefix,
    write,
)
from durable_events.scaffolding.options import FromWarehouse, Into
from durable_events.scaffolding.properties import report, seen
from durable_events.scaffolding.typed import columns_of
from durable_events.warehouse import opened

PAIR = """\
# Each version takes the events of its schema_version, so both are fed from the same stream. The
# view of the plain name is on the latest.
models:
  - name: {name}
    latest_version: 2
    config:
      meta: {{owner: TODO, kind: fact, since: {since}}}
    columns: &columns
{columns}    versions:
      - v: 1
        description: >
          One row per {name} event, version 1. TODO: when it is sent.
        config:
          meta: {{grain: "{name} event, version 1", status: active}}
        data_tests:
          - {package}equals_rebuild:
              arguments:
                inputs: [ref('events')]
      - v: 2
        description: >
          One row per {name} event, version 2. TODO: when it is sent, and what is new.
        config:
          meta: {{grain: "{name} event, version 2", status: active}}
        data_tests:
          - {package}equals_rebuild:
              arguments:
                inputs: [ref('events')]

  - name: {name}_latest
    description: >
      One row per {name} event, as the latest version has it. In the warehouse it has the plain
      name, and moves on with `latest_version`.
    config: {{materialized: view, alias: {name}, contract: {{enforced: true}}}}
    columns: *columns
"""
LATEST = """-- one row per {name} event, as the latest version has it
-- which columns these are, the contract says
select * -- noqa: AM04
from {{{{ ref('{name}') }}}}
"""


def pair_of(
    name: str, folder: Path, columns: dict[str, str], since: str, package: str
) -> dict[Path, str]:
    """The files of two versions of an event, and of the view on the latest."""
    # a view can't hold it, and is not warned of
    quiet = "constraints: [{type: not_null, warn_unsupported: false}]"
    facts = {"name": name, "since": since, "package": package}
    declared = columns_of("".join(columns.values()), quiet)
    calls = {
        folder / f"{name}_v{v}.sql": f"-- one row per {name} event, version {v}\n"
        f"{{{{ {package}typed_event() }}}}\n"
        for v in (1, 2)
    }
    return calls | {
        folder / f"{name}_latest.sql": LATEST.format(**facts),
        folder / f"{name}.yml": PAIR.format(**facts, columns=declared),
    }


def main(
    name: Annotated[str, typer.Argument(help="The event's name, in snake_case.")],
    *,
    key: Annotated[str, typer.Option(help="The property that tells which rows belong together.")],
    metric: Annotated[
        list[str] | None, typer.Option(help="A property to add up; may be repeated.")
    ] = None,
    from_warehouse: FromWarehouse = False,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    into: Into = None,
) -> None:
    """Write two versions of an event side by side, and what compares them.

    Example: durable-events scaffold versions order_paid --key order_id --metric amount

    Of an event that has no table yet it writes both versions, a view on the latest, and the four
    tables of the comparison: its ledger, the days, the columns, the verdict. Of one that has two
    versions already it writes the comparison of the newest two. No file is overwritten.
    """
    project = Project(project_dir)
    named(name, "event")
    metrics = [named(m, "column") for m in metric or []]
    where, package = folders(project, into), prefix(project)
    versions = sorted(
        (table.node["version"], table.node)
        for table in project.tables.values()
        if table.node["name"] == name and table.node.get("version")
    )
    files = {}
    if len(versions) > 1:
        (old, _), (new, _) = versions[-2:]
        columns = [
            {c: facts["data_type"] for c, facts in node["columns"].items()}
            for _, node in versions[-2:]
        ]
    elif name in project.tables:
        raise CannotTell(
            f"{name} has a table, of one version. Rename its SQL file to {name}_v1.sql, copy that "
            f"to {name}_v2.sql, and give its YAML, below `latest_version: 2`, the list `versions:` "
            "with `- v: 1` and `- v: 2`. Then call this again, for the comparison."
        )
    else:
        old, new, since = 1, 2, "TODO"
        declared = {
            named(key, "column"): column(key, "varchar", "TODO", path_of(key)),
            **{m: column(m, "decimal(18,2)", "TODO", path_of(m)) for m in metrics},
        }
        if from_warehouse:
            with opened(project.warehouse(warehouse), project) as reading:
                properties, count, since, _ = seen(reading, name)
            report(name, properties, count)
            since = f'"{since}"'
            declared = {item.column: item.yaml() for item in properties if item.column}
        files |= pair_of(name, where.typed, declared, since, package)
        types = {c: re.search(r"data_type: (.*)", text)[1] for c, text in declared.items()}
        columns = [comparison.EVERY | types] * 2
    for wanted in (key, *metrics):
        if not all(wanted in side for side in columns):
            raise CannotTell(f"Not both versions of {name} have a column {wanted}.")
    write(
        project,
        files
        | comparison.files_of(
            name, (old, new), columns, key=key, metrics=metrics, where=where, package=package
        ),
    )
