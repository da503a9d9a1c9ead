"""Write the files of a daily table, which stays right whatever comes late."""

from typing import Annotated

import typer

from durable_events.options import ProjectDir
from durable_events.project import Project
from durable_events.scaffolding.files import (
    NOT_NULL,
    column,
    documented,
    folded,
    folders,
    named,
    prefix,
    write,
)
from durable_events.scaffolding.options import Into

SQL = """-- one row per date with events {event}
{{{{ {package}daily_table(ledger='event_date_ledger', event_name='{event}') }}}}

-- every aggregate of sent.<column> will do; a date that lost its last event keeps a row, of zeros
select
    dates.event_date,
    count(sent.event_id) as event_count,
    count(distinct sent.user_key) as user_count,
    dates.load_id
from dates
left join {{{{ ref('{table}').render() }}}} as sent
    on dates.event_date = sent.event_date{condition}
group by dates.event_date, dates.load_id
order by dates.event_date
"""
YAML = """models:
  - name: {name}
    description: >
{description}
    columns:
{columns}    data_tests:
      - {package}equals_rebuild:
          arguments:
            inputs: [{inputs}]
      - unique:
          arguments:
            column_name: event_date
"""


def main(
    name: Annotated[str, typer.Argument(help="The table's name, such as daily_logins.")],
    event: Annotated[str, typer.Option(help="The name of the event that it counts.")],
    project_dir: ProjectDir = None,
    into: Into = None,
) -> None:
    """Write the two files of a daily table of an event.

    Example: durable-events scaffold daily-table daily_openings --event door_opened

    It counts events and users by day: a query to go on from. A run computes the dates that its
    ledger calls stale, however old, and no others. It reads the event's typed table if there is
    one, else `events`. No file is overwritten.
    """
    project = Project(project_dir)
    named(name)
    named(event, "event")
    typed = project.tables.get(event)
    is_typed = (
        typed is not None
        and "typed_event(" in typed.node.get("raw_code", "")
        and typed.meta.get("event_name", event) == event
        and "unnest" not in typed.meta
    )
    table = event if is_typed else "events"
    package, folder = prefix(project), folders(project, into).gold
    facts = {"name": name, "event": event, "table": table, "package": package}
    condition = "" if is_typed else f" and sent.event_name = '{event}'"
    columns = (
        documented("event_date", "date", NOT_NULL)
        + column("event_count", "bigint", f"Events {event}.", NOT_NULL)
        + column("user_count", "bigint", "Users who sent them.", NOT_NULL)
        + documented("load_id", "bigint", NOT_NULL, doc="changed_load_id")
    )
    inputs = f"ref('{table}'), ref('event_date_ledger')"
    write(
        project,
        {
            folder / f"{name}.sql": SQL.format(**facts, condition=condition),
            folder / f"{name}.yml": YAML.format(
                **facts,
                columns=columns,
                inputs=inputs,
                description=folded(f"One row per date with events {event}. TODO: what it answers."),
            ),
        },
    )
