"""Prove that every table made from bronze equals a rebuild from the same bronze."""

import json
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table as Grid

from durable_events.options import AsJson, ProjectDir, WarehouseFile
from durable_events.project import PACKAGE, Project, Table, quoted
from durable_events.rebuild import rebuild, tables
from durable_events.warehouse import opened


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


def keys(project: Project) -> dict[str, list[str]]:
    """Each model's key, from its uniqueness tests: columns by quoted `schema.table`."""
    nodes = project.manifest["nodes"]
    found = {}
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        # a model that is off leaves its tests behind
        model = nodes.get(node.get("attached_node"))
        if model and test.get("name") in ("unique", "unique_together"):
            columns = test["kwargs"].get("columns") or [test["kwargs"]["column_name"]]
            found[Table(model["schema"], model["alias"]).sql] = columns
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
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    show: Annotated[int, typer.Option(help="Rows to show of a table that differs.")] = 3,
    only_differing: Annotated[
        bool, typer.Option("--only-differing", help="List no table that is equal.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Prove that every table equals a rebuild from bronze.

    Example: durable-events parity --show 10

    Copies what landed into a scratch file, has dbt build there all that is made from it, and
    compares each table and view with the warehouse's own, row by row, both ways. The warehouse is
    opened read-only. Ends with 1 if any row differs.
    """
    project = Project(project_dir)
    file = project.warehouse(warehouse)
    here, there = file.stem, "rebuilt" if file.stem != "rebuilt" else "rebuilt_again"
    with tempfile.TemporaryDirectory(prefix="parity-") as scratch:
        folder = Path(scratch)
        rebuilt = folder / f"{there}.duckdb"
        rebuild(project, file, rebuilt, folder)
        made = rebuilt_tables(project, folder)
        fix_views(rebuilt)
        with opened(file, project) as reading:
            connection = reading.connection
            connection.execute(f"attach '{rebuilt}' as {there} (read_only)")
            connection.execute(f"set temp_directory = '{folder}'")
            # a table of dbt's that is not made from bronze has nothing to be compared with
            others = {table.sql for table in project.tables.values() if not table.is_off}
            others -= {table.sql for table in made}
            ours, theirs = (
                {
                    name
                    for schema, names in tables(connection, catalog).items()
                    for name in names
                    if schema in {table.schema for table in made} and name not in others
                }
                for catalog in (here, there)
            )
            by_key = keys(project)
            results = [
                compare(connection, (here, there), name, by_key.get(name, []), show)
                for name in sorted(ours & theirs)
            ]
        for name in sorted(ours ^ theirs):
            side = "here only, dbt does not build it" if name in ours else "missing here"
            results.append(Comparison(name.replace('"', ""), first=[f"the table is {side}"]))
    if as_json:
        print(json.dumps([asdict(result) for result in results]))
    else:
        report(results, only_differing)
    raise typer.Exit(0 if all(result.is_equal for result in results) else 1)


def fix_views(file: Path) -> None:
    """Put tables in the place of a scratch file's views.

    A view that names schemas alone can't be read beside a catalogue that is called as one of them.
    """
    with duckdb.connect(str(file)) as connection:
        views = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = current_database() and table_type = 'VIEW'"
        ).fetchall()
        for schema, name in views:
            scratch = f"{quoted(schema)}.{quoted(name + ' rows')}"
            connection.execute(f"create table {scratch} as from {quoted(schema)}.{quoted(name)}")
        for schema, name in views:
            connection.execute(f"drop view {quoted(schema)}.{quoted(name)}")
            scratch = f"{quoted(schema)}.{quoted(name + ' rows')}"
            connection.execute(f"alter table {scratch} rename to {quoted(name)}")


def rebuilt_tables(project: Project, folder: Path) -> list[Table]:
    """What dbt has just built in a folder's target, models of bronze apart."""
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    built = {result["unique_id"] for result in results}
    return [
        table
        for table in project.tables.values()
        if table.node["unique_id"] in built and table.node["fqn"][:2] != [PACKAGE, "bronze"]
    ]


def report(results: list[Comparison], only_differing: bool) -> None:
    """Print a line for each table, then the rows that are not the same."""
    shown = Grid("table", title="The warehouse and its rebuild from bronze", title_justify="left")
    for heading in ("identical", "differing", "only here", "only rebuilt"):
        shown.add_column(heading, justify="right")
    for result in results:
        if only_differing and result.is_equal:
            continue
        counts = (result.identical, result.differing, result.only_here, result.only_rebuilt)
        style = None if result.is_equal else "bold red"
        shown.add_row(result.table, *(f"{count:,}" for count in counts), style=style)
    console = Console()
    if shown.row_count:
        console.print(shown)
    for result in results:
        for line in result.first:
            console.print(f"{result.table}: {line}", soft_wrap=True, markup=False, highlight=False)
    different = sum(not result.is_equal for result in results)
    console.print(f"{len(results) - different} tables are equal, {different} differ.")
