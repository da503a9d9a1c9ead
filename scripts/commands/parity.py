"""Prove that every silver and gold table equals a rebuild from the same bronze.

Copies bronze into a scratch DuckDB file, has dbt rebuild everything downstream of it there, and
compares each table and view with the warehouse's own, row by row, both ways. The warehouse is
opened read-only. Tables that are added later are compared without being named here.

Ends with 0 if all rows are the same, with 1 if any differs, with 2 if it can't be told.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from durable_events.rebuild import quoted, rebuild, tables

LAYERS = ("silver", "gold")


@dataclass
class Comparison:
    """How one table of the warehouse relates to its rebuild, in rows."""

    table: str
    identical: int = 0
    differing: int = 0
    only_here: int = 0
    only_rebuilt: int = 0
    first: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """No row is different or without its like."""
        return not (self.differing or self.only_here or self.only_rebuilt or self.first)


def keys(folder: Path) -> dict[str, list[str]]:
    """Each model's key, from its uniqueness tests: columns by quoted `schema.table`."""
    manifest = json.loads((folder / "target" / "manifest.json").read_text())
    found = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") in ("unique", "unique_together"):
            model = manifest["nodes"][node["attached_node"]]
            name = f"{quoted(model['schema'])}.{quoted(model['alias'])}"
            found[name] = test["kwargs"].get("columns") or [test["kwargs"]["column_name"]]
    return found


def compare(
    connection, sides: tuple[str, str], table: str, key: list[str], show: int
) -> Comparison:
    """Compare a table of two catalogs as bags of rows.

    With a key, a row that is on one side only and has the key of one that is on the other side only
    counts as differing. `show`: how many rows that are not the same to describe.
    """
    result = Comparison(table.replace('"', ""))
    here, there = sides
    for name, left, right in (("gone", here, there), ("new", there, here)):
        connection.execute(
            f"create or replace temp table {name} as "
            f"from {quoted(left)}.{table} except all from {quoted(right)}.{table}"
        )
    gone, new = (
        connection.execute(f"select count(*) from {t}").fetchone()[0] for t in ("gone", "new")
    )
    total = connection.execute(f"select count(*) from {quoted(here)}.{table}").fetchone()[0]
    result.identical = total - gone
    if key:
        on = " and ".join(f"gone.{quoted(c)} is not distinct from new.{quoted(c)}" for c in key)
        result.differing = connection.execute(
            f"select count(*) from gone where exists (from new where {on})"
        ).fetchone()[0]
    result.only_here, result.only_rebuilt = gone - result.differing, new - result.differing
    for name, said in (("gone", "here   "), ("new", "rebuilt")):
        rows = connection.execute(f"select to_json(t) from {name} as t order by all limit {show}")
        result.first += [f"{said} {row}" for (row,) in rows.fetchall()]
    return result


def main(
    warehouse: Annotated[
        Path, typer.Option(envvar="DURABLE_EVENTS_DB", help="The DuckDB file to prove.")
    ] = Path("warehouse.duckdb"),
    show: Annotated[int, typer.Option(help="Rows to show of a table that differs.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Prove that every silver and gold table equals a rebuild from the same bronze."""
    if not warehouse.is_file():
        print(f"There is no warehouse {warehouse}: build it first, `make run`.", file=sys.stderr)
        raise typer.Exit(2)
    here, there = warehouse.stem, "rebuilt" if warehouse.stem != "rebuilt" else "rebuilt_again"
    with tempfile.TemporaryDirectory(prefix="parity-") as scratch:
        folder = Path(scratch)
        try:
            rebuilt = folder / f"{there}.duckdb"
            rebuild(warehouse.resolve(), rebuilt, folder)
            connection = duckdb.connect(str(warehouse), read_only=True)
        except (duckdb.Error, subprocess.CalledProcessError) as error:
            print(f"Can't rebuild {warehouse}: {error}", file=sys.stderr)
            raise typer.Exit(2) from error
        connection.execute(f"attach '{rebuilt}' as {there} (read_only)")
        connection.execute(f"set temp_directory = '{folder}'")
        names, built = tables(connection, here, LAYERS), tables(connection, there, LAYERS)
        by_key = keys(folder)
        results = [
            compare(connection, (here, there), name, by_key.get(name, []), show)
            for name in names
            if name in built
        ]
        for name in sorted(set(names) ^ set(built)):
            side = "here only, dbt does not build it" if name in names else "missing here"
            results.append(Comparison(name.replace('"', ""), first=[f"the table is {side}"]))
        connection.close()
    report(results, as_json)
    raise typer.Exit(0 if all(result.is_equal for result in results) else 1)


def report(results: list[Comparison], as_json: bool) -> None:
    """Print a line for each table, then the rows that are not the same."""
    if as_json:
        print(json.dumps([asdict(result) for result in results]))
        return
    shown = Table("table", title="The warehouse and its rebuild from bronze", title_justify="left")
    for heading in ("identical", "differing", "only here", "only rebuilt"):
        shown.add_column(heading, justify="right")
    for result in results:
        counts = (result.identical, result.differing, result.only_here, result.only_rebuilt)
        style = None if result.is_equal else "bold red"
        shown.add_row(result.table, *(f"{count:,}" for count in counts), style=style)
    console = Console()
    console.print(shown)
    for result in results:
        for line in result.first:
            console.print(f"{result.table}: {line}", soft_wrap=True, markup=False, highlight=False)
    different = sum(not result.is_equal for result in results)
    console.print(f"{len(results) - different} tables are equal, {different} differ.")
