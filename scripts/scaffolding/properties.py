"""What properties events have had so far, and which columns would hold them."""

import json
import re
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from durable_events.errors import CannotTell
from durable_events.scaffolding.files import NAME, column
from durable_events.warehouse import Warehouse

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
    where list_contains(?, event_name)
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

    def yaml(self, *, is_typed_event: bool = True) -> str:
        """The column's declaration: where its values are and, of a typed event, what they are."""
        path = f"$.{self.key}" if PLAIN_KEY.fullmatch(self.key) else f"'$.\"{self.key}\"'"
        place = f"path: {path}"
        if is_typed_event and self.coverage == 1:
            place += ", required: true"
        if is_typed_event and self.example is not None:
            is_plain = re.fullmatch("true|false|0|-?[1-9][0-9]{0,17}", self.example)
            text = self.example if is_plain else json.dumps(self.example, ensure_ascii=False)
            place += f", example: {text}"
        return column(self.column, self.data_type, "TODO", f"config: {{meta: {{{place}}}}}")


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


def seen(
    warehouse: Warehouse, *names: str, taken: frozenset[str] = frozenset()
) -> tuple[list[Property], int, str, list[int]]:
    """The properties of events of some names, how many have been, since when, in which versions.

    Args:
        warehouse: has the events.
        names: their names.
        taken: names that no column can have.

    Raises:
        CannotTell: there have been no such events.
    """
    table = warehouse.project.table("events")
    if not warehouse.has(table):
        raise CannotTell(f"The warehouse has no {table} yet: run `dbt build`.")
    connection = warehouse.connection
    count, since, versions = connection.execute(
        "select count(*), cast(min(event_date) as varchar), "
        f"list_sort(list(distinct schema_version)) from {table.sql} "
        "where list_contains(?, event_name)",
        [names],
    ).fetchone()
    if not count:
        raise CannotTell(
            f"The warehouse has no event {' or '.join(names)}. Which it has: daily_event_counts."
        )
    rows = connection.execute(PROPERTIES.replace("{events}", table.sql), [names]).fetchall()
    words = connection.execute(
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
    name_columns(properties, taken | {word for (word,) in words})
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
