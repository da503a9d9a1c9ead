"""Let in all late events that wait in late_events, as a load of its own."""

import sys

import typer

from durable_events.errors import CannotTell
from durable_events.options import ProjectDir, WarehouseFile
from durable_events.project import Project
from durable_events.warehouse import opened


def main(project_dir: ProjectDir = None, warehouse: WarehouseFile = None) -> None:
    """Let in all late events that wait, as a load of its own.

    Example: durable-events reconcile

    The same as `dbt build --vars 'reconcile: true'`, and says what was let in. Where nothing waits,
    nothing is run. Ends with 1 if dbt fails.
    """
    project = Project(project_dir)
    file = project.warehouse(warehouse)
    waiting = project.table("late_events")
    with opened(file, project) as reading:
        if not reading.has(waiting):
            raise CannotTell(f"{file} has no {waiting} yet: run `dbt build`.")
        found = reading.row(
            "select count(*) as n, min(event_date) as first, max(event_date) as last "
            "from {late_events}"
        )
    if not found["n"]:
        print(f"No event waits in {waiting}.")
        return
    command = ("build", "--exclude-resource-type", "unit_test", "--vars", "reconcile: true")
    environment = project.environment(file)
    sys.stdout.flush()
    try:
        project.dbt(*command, environment=environment, told=sys.stdout)
    except CannotTell as error:
        print(f"{error} {found['n']} events waited before.", file=sys.stderr)
        raise typer.Exit(1) from error
    print(f"{found['n']} late events of {found['first']} to {found['last']} were let in.")
