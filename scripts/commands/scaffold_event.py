"""Write the two files of a new event type: a line of SQL, and the YAML that declares it."""

from typing import Annotated

import typer

from durable_events.options import ProjectDir, WarehouseFile
from durable_events.project import Project
from durable_events.scaffolding.files import folders, named, prefix, write
from durable_events.scaffolding.options import FromWarehouse, Into
from durable_events.scaffolding.properties import report, seen
from durable_events.scaffolding.typed import NO_COLUMN, columns_of
from durable_events.warehouse import opened

YAML = """models:
  - name: {name}
    description: >
      One row per {grain}. TODO: when it is sent, and by whom.
    config:
      meta:
        owner: TODO
        grain: {grain}
        kind: fact
        status: active
        since: {since}
        schema_versions: {versions}
    columns:
{columns}    data_tests:
      - {package}equals_rebuild:
          arguments:
            inputs: [ref('events')]
"""


def main(
    name: Annotated[str, typer.Argument(help="The event's name, in snake_case.")],
    from_warehouse: FromWarehouse = False,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    into: Into = None,
) -> None:
    """Write the two files of a new event type.

    Example: durable-events scaffold event my_event --from-warehouse

    They are a line of SQL, and the YAML that declares the event. With --from-warehouse the columns
    are the properties that events of that name had so far, with types that fit at least 95 % of
    their values. The warehouse is opened read-only, and no file is overwritten. What is in the data
    stays data: a property with an odd name is left out and listed, and a value becomes an example
    only if it is harmless text that several users sent.
    """
    project = Project(project_dir)
    folder = folders(project, into).typed
    files = [folder / f"{named(name, 'event')}.sql", folder / f"{name}.yml"]
    columns, since, versions = NO_COLUMN, "TODO", [1]
    if from_warehouse:
        with opened(project.warehouse(warehouse), project) as reading:
            properties, count, since, versions = seen(reading, name)
        report(name, properties, count)
        columns = "".join(item.yaml() for item in properties if item.column)
        since = f'"{since}"'
    grain, package = f"{name} event", prefix(project)
    text = YAML.format(
        name=name,
        grain=grain,
        since=since,
        versions=versions,
        columns=columns_of(columns),
        package=package,
    )
    sql = f"-- one row per {grain}\n{{{{ {package}typed_event() }}}}\n"
    write(project, dict(zip(files, (sql, text), strict=True)))
