"""Write the two files of a new event type: a line of SQL, and the YAML block that declares it.

    python scripts/scaffold.py wishlist_shared
    python scripts/scaffold.py cta_clicked --from-warehouse

With --from-warehouse the columns are the properties that events of that name had so far, with types
that fit at least 95 % of their values. The warehouse is opened read-only, and no file is
overwritten. What is in the data stays data: a property with an odd name is left out and listed, and
a value becomes an example only if it is harmless text that several users sent.
"""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

MODELS = Path(__file__).resolve().parents[1] / "models"
TYPED = MODELS / "silver" / "typed"
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
    from silver.events
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
      - equals_rebuild:
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


def seen(warehouse: Path, name: str) -> tuple[list[Property], int, str, list[int]]:
    """The properties of an event type, how many events have been, since when, in which versions."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        count, since, versions = connection.execute(
            "select count(*), cast(min(event_date) as varchar), "
            "list_sort(list(distinct schema_version)) from silver.events "
            "where event_name = ?",
            [name],
        ).fetchone()
        rows = connection.execute(PROPERTIES, [name]).fetchall()
        taken = connection.execute(
            "select keyword_name from duckdb_keywords() "
            "where keyword_category in ('reserved', 'type_function') "
            "union select column_name from information_schema.columns "
            "where table_schema = 'silver' and table_name = 'events' "
            "union select unnest(['item', 'item_number', 'yes', 'no', 'off'])"  # three: YAML's
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


def main(
    name: Annotated[str, typer.Argument(help="The event's name, in snake_case.")],
    from_warehouse: Annotated[
        bool, typer.Option("--from-warehouse", help="Take the columns from the events seen so far.")
    ] = False,
    warehouse: Annotated[
        Path, typer.Option(envvar="DURABLE_EVENTS_DB", help="The DuckDB file to look at.")
    ] = Path("warehouse.duckdb"),
    into: Annotated[Path, typer.Option(help="The folder to write to.")] = TYPED,
) -> None:
    """Write the .sql and the .yml of a new event type."""
    if not NAME.fullmatch(name):
        sys.exit(f"{name!r} is no name for an event: letters a-z, digits and _, a letter first.")
    files = [into / f"{name}.sql", into / f"{name}.yml"]
    for file in [*files, *MODELS.rglob(f"{name}.*"), *MODELS.rglob(f"{name}_v*.sql")]:
        if file.exists():
            sys.exit(f"{file} exists, and is left as it is.")
    columns, since, versions = NO_COLUMN, "TODO", [1]
    if from_warehouse:
        if not warehouse.is_file():
            sys.exit(f"There is no warehouse {warehouse}: build it first, `make run`.")
        try:
            properties, count, since, versions = seen(warehouse, name)
        except duckdb.Error as error:
            sys.exit(f"Can't read {warehouse}: {error}")
        if not count:
            sys.exit(f"The warehouse has no event {name}. Which it has: gold.daily_event_counts.")
        report(name, properties, count)
        columns = "".join(item.yaml() for item in properties if item.column)
        since = f'"{since}"'
    grain = f"{name} event"
    facts = {"name": name, "grain": grain, "since": since, "versions": versions, "columns": columns}
    into.mkdir(parents=True, exist_ok=True)
    files[0].write_text(f"-- one row per {grain}\n{{{{ typed_event() }}}}\n")
    files[1].write_text(YAML.format(**facts))
    print(f"Wrote {files[0]} and {files[1].name}. Say what the TODOs ask for, then: dbt build")


if __name__ == "__main__":
    typer.run(main)
