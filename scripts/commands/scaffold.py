"""Write the two files of a new event type: a line of SQL, and the YAML that declares it."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from durable_events.errors import CannotTell
from durable_events.options import ProjectDir, WarehouseFile
from durable_events.project import PACKAGE, Project, from_here
from durable_events.warehouse import Warehouse, opened

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
KEY = re.compile(
    r"[A-Za-z0-9_ .:/-]{1,80}"
)  # nothing that means something in a JSON path, SQL, ...
EXAMPLE = re.compile(r"[\w .,:/@+-]{1,60}")  # ... YAML or Jinja
FIT = 0.95  # of a property's values

# The types tried, the narrowest first: which texts fit. A whole number that was sent as text is an
# id, and stays text.
NUMBER = "json_type in ('UBIGINT', 'BIGINT', 'HUGEINT', 'DOUBLE')"
TYPES = {
    "boolean": "text in ('true', 'false')",
    "integer": f"{NUMBER} and text ~ '-?[0-9]+' and try_cast(text as integer) is not null",
    "bigint": f"{NUMBER} and text ~ '-?[0-9]+' and try_cast(text as bigint) is not null",
    "decimal(18,2)": "text ~ '-?[0-9]{1,16}([.][0-9]{1,2}0*)?'",
    "decimal(18,6)": "text ~ '-?[0-9]{1,12}([.][0-9]{1,6}0*)?'",
    "double": f"{NUMBER}",
    "date": "text ~ '[0-9]{4}-[0-9]{2}-[0-9]{2}' and try_cast(text as date) is not null",
    "timestamp": "text ~ '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*'"
    " and try_cast(text as timestamptz) is not null",
    "varchar": "json_type not in ('OBJECT', 'ARRAY')",
    "json": "json_type in ('OBJECT', 'ARRAY')",
}
# A type that needs some value to speak for it.
EVIDENCE = dict.fromkeys(("decimal(18,2)", "decimal(18,6)"), "text ~ '-?[0-9]+[.][0-9]+'")

PROPERTIES = f"""
with sent as (
    select
        event_id,
        user_key,
        case when json_valid(properties) then properties end as properties
    from {{events}}
    where event_name = ?
),

members as (
    select
        sent.event_id,
        sent.user_key,
        member.key,
        member.type as json_type,
        json_extract_string(member.value, '$') as text
    from sent, json_each(sent.properties) as member
    where json_type(sent.properties) = 'OBJECT' and member.type <> 'NULL'
),

by_text as (
    select key, text, count(*) as times
    from members
    group by key, text
    having count(distinct user_key) >= 3
),

examples as (
    select key, max_by(text, (times, text)) as example
    from by_text
    group by key
)

select
    members.key,
    count(distinct event_id),
    count(*),
    any_value(example),
    {", ".join(f"count(*) filter ({condition})" for condition in TYPES.values())},
    {", ".join(f"count(*) filter ({EVIDENCE.get(name, 'true')})" for name in TYPES)}
from members
left join examples on members.key = examples.key
group by members.key
order by count(distinct event_id) desc, members.key
"""

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
      - name: event_id
        data_type: varchar
        description: "{{{{ doc('event_id') }}}}"
        constraints: [{{type: not_null}}]
      - name: event_time
        data_type: timestamp
        description: "{{{{ doc('event_time') }}}}"
        constraints: [{{type: not_null}}]
      - name: event_date
        data_type: date
        description: "{{{{ doc('event_date') }}}}"
        constraints: [{{type: not_null}}]
      - name: user_key
        data_type: varchar
        description: "{{{{ doc('user_key') }}}}"
{columns}      - name: load_id
        data_type: bigint
        description: "{{{{ doc('changed_load_id') }}}}"
        constraints: [{{type: not_null}}]
    data_tests:
      - {package}equals_rebuild:
          arguments:
            inputs: [ref('events')]
"""
COLUMN = """      - name: {column}
        data_type: {data_type}
        description: TODO
        config: {{meta: {{{place}}}}}
"""
NO_COLUMN = """      # - name: price
      #   data_type: decimal(18,2)
      #   description: What one costs.
      #   config: {meta: {path: $.price, required: true, example: "9.99"}}
"""


@dataclass
class Property:
    """A property as the events have it. `column` is empty if it can't be one; `note` says why."""

    key: str
    coverage: float
    fit: float
    data_type: str
    example: str | None
    column: str = ""
    note: str = ""

    def yaml(self) -> str:
        """The column's declaration."""
        path = f"$.{self.key}" if PLAIN_KEY.fullmatch(self.key) else f"'$.\"{self.key}\"'"
        place = f"path: {path}"
        if self.coverage == 1:
            place += ", required: true"
        if self.example is not None:
            is_plain = re.fullmatch("true|false|0|-?[1-9][0-9]{0,17}", self.example)
            text = self.example if is_plain else json.dumps(self.example, ensure_ascii=False)
            place += f", example: {text}"
        return COLUMN.format(column=self.column, data_type=self.data_type, place=place)


def column_name(key: str) -> str:
    """A property's name in snake_case."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def name_columns(properties: list[Property], taken: set[str]) -> None:
    """Give each property a column's name that is not `taken`, or note why it gets none."""
    used = set()
    for item in properties:
        name = column_name(item.key)
        name = f"property_{name}" if name in taken else name
        if not KEY.fullmatch(item.key) or not NAME.fullmatch(name):
            item.note = "left out: a name that no column can have"
        elif name in used:
            item.note = f"left out: {name} is taken"
        else:
            item.column = name
            used.add(name)


def seen(warehouse: Warehouse, name: str) -> tuple[list[Property], int, str, list[int]]:
    """The properties of an event type, how many events have been, since when, in which versions."""
    table = warehouse.project.table("events")
    if not warehouse.has(table):
        raise CannotTell(f"The warehouse has no {table} yet: run `dbt build`.")
    connection = warehouse.connection
    count, since, versions = connection.execute(
        "select count(*), cast(min(event_date) as varchar), "
        f"list_sort(list(distinct schema_version)) from {table.sql} where event_name = ?",
        [name],
    ).fetchone()
    rows = connection.execute(PROPERTIES.replace("{events}", table.sql), [name]).fetchall()
    taken = connection.execute(
        "select keyword_name from duckdb_keywords() "
        "where keyword_category in ('reserved', 'type_function') "
        "union select column_name from information_schema.columns "
        "where table_schema = ? and table_name = ? "
        "union select unnest(['item', 'item_number', 'yes', 'no', 'off'])",  # three: YAML's
        [table.schema, table.identifier],
    ).fetchall()
    properties = []
    for key, events, values, example, *counts in rows:
        fits, evidence = counts[: len(TYPES)], counts[len(TYPES) :]
        enough = [
            (data_type, fitting / values)
            for data_type, fitting, proof in zip(TYPES, fits, evidence, strict=True)
            if proof and fitting >= FIT * values
        ]
        # of a property that is now this, now that, at least the plain ones
        data_type, fit = enough[0] if enough else ("varchar", fits[-2] / values)
        shown = example if example and EXAMPLE.fullmatch(example) else None
        properties.append(Property(key, events / count, fit, data_type, shown))
    name_columns(properties, {word for (word,) in taken})
    return properties, count, since, versions


def report(name: str, properties: list[Property], count: int) -> None:
    """Show what was seen, and what is made of it."""
    table = Table(title=f"{name}: {count:,} events so far", title_justify="left")
    for heading in ("property", "column", "type"):
        table.add_column(heading, overflow="fold")
    for heading in ("in % of events", "fits %"):
        table.add_column(heading, justify="right")
    for item in properties:
        # a key may hold anything: shown as ASCII, and not as markup
        key = item.key if KEY.fullmatch(item.key) else escape(ascii(item.key)[:60])
        table.add_row(
            key,
            item.column or item.note,
            item.data_type if item.column else "",
            f"{100 * item.coverage:.1f}",
            f"{100 * item.fit:.1f}" if item.column else "",
        )
    Console().print(table)


def folder_of_typed(project: Project) -> Path:
    """Where a project has its typed events, most of them: models/typed if it has none yet."""
    folders = Counter(
        Path(table.node["original_file_path"]).parent
        for table in project.tables.values()
        if table.node["package_name"] == project.name
        and "typed_event(" in table.node.get("raw_code", "")
    )
    return project.folder / (folders.most_common(1)[0][0] if folders else Path("models", "typed"))


def main(
    name: Annotated[str, typer.Argument(help="The event's name, in snake_case.")],
    from_warehouse: Annotated[
        bool, typer.Option("--from-warehouse", help="Take the columns from the events seen so far.")
    ] = False,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    into: Annotated[
        Path | None, typer.Option(help="The folder to write to; that of the other typed events.")
    ] = None,
) -> None:
    """Write the two files of a new event type.

    Example: durable-events scaffold my_event --from-warehouse

    They are a line of SQL, and the YAML that declares the event. With --from-warehouse the columns
    are the properties that events of that name had so far, with types that fit at least 95 % of
    their values. The warehouse is opened read-only, and no file is overwritten. What is in the data
    stays data: a property with an odd name is left out and listed, and a value becomes an example
    only if it is harmless text that several users sent.
    """
    if not NAME.fullmatch(name):
        raise CannotTell(
            f"{name!r} is no name for an event: letters a-z, digits and _, a letter first."
        )
    project = Project(project_dir)
    into = into or from_here(folder_of_typed(project))
    files = [into / f"{name}.sql", into / f"{name}.yml"]
    models = project.folder / "models"
    others = [*models.rglob(f"{name}.*"), *models.rglob(f"{name}_v[0-9]*.sql")]
    for file in [*files, *others]:
        if file.exists():
            raise CannotTell(f"{file} exists, and is left as it is.")
    columns, since, versions = NO_COLUMN, "TODO", [1]
    if from_warehouse:
        database = project.warehouse(warehouse)
        with opened(database, project) as reading:
            properties, count, since, versions = seen(reading, name)
        if not count:
            raise CannotTell(f"{database} has no event {name}. Which it has: daily_event_counts.")
        report(name, properties, count)
        columns = "".join(item.yaml() for item in properties if item.column)
        since = f'"{since}"'
    grain = f"{name} event"
    # a macro, and a test, of another package go by its name
    package = "" if project.name == PACKAGE else f"{PACKAGE}."
    facts = {"name": name, "grain": grain, "since": since, "versions": versions, "columns": columns}
    into.mkdir(parents=True, exist_ok=True)
    files[0].write_text(f"-- one row per {grain}\n{{{{ {package}typed_event() }}}}\n")
    files[1].write_text(YAML.format(**facts, package=package))
    print(f"Wrote {files[0]} and {files[1].name}. Say what the TODOs ask for, then: dbt build")
