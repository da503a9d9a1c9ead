"""Build all that is made from bronze anew, in a file of its own."""

import sys
from pathlib import Path

import duckdb

from durable_events.errors import CannotTell
from durable_events.project import LANDING, PACKAGE, Project, Table, quoted
from durable_events.warehouse import found, why_unreadable

# What landed is not to be had a second time. The name of a folder of models is its path with dots.
LANDED = f"{PACKAGE}.bronze,config.materialized:incremental"


def is_landed(table: Table) -> bool:
    """Whether a table holds what landed, or what people wrote: a rebuild starts from it."""
    node = table.node
    is_bronze = node["fqn"][:2] == [PACKAGE, "bronze"]
    is_model = node["resource_type"] == "model"
    return not is_model or (is_bronze and node["config"]["materialized"] == "incremental")


def rebuild(project: Project, warehouse: Path, scratch: Path, logs: Path, *arguments: str) -> None:
    """Copy what landed into a new DuckDB file, and have dbt build there all that is made from it.

    Args:
        project: whose dbt does it.
        warehouse: opened read-only.
        scratch: the file to make.
        logs: a folder for dbt's target and log files.
        arguments: are handed to `dbt build`, whose output is on stderr, for who watches.

    Raises:
        CannotTell: a file can't be read or written, or dbt fails.
    """
    environment = project.environment(scratch) | {LANDING: str(logs)}
    landed = [table for table in project.tables.values() if is_landed(table) and not table.is_off]
    try:
        with duckdb.connect(str(scratch)) as connection:
            path = str(found(warehouse)).replace("'", "''")
            connection.execute(f"attach '{path}' as here (read_only)")
            there = {name for names in tables(connection, "here").values() for name in names}
            for table in landed:
                if table.sql in there:
                    connection.execute(f"create schema if not exists {quoted(table.schema)}")
                    connection.execute(f"create table {table.sql} as from here.{table.sql}")
    except duckdb.Error as error:
        raise CannotTell(why_unreadable(warehouse, error)) from error
    command = ("build", "--full-refresh", "--select", f"@{PACKAGE}.bronze", "--exclude", LANDED)
    command += ("--exclude-resource-type", "test", "unit_test", "seed", *arguments)
    told = sys.stderr if sys.stderr.isatty() else None
    project.dbt(*command, environment=environment, scratch=logs, told=told)


def tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, list[str]]:
    """The tables and views of a catalog by schema, as quoted `schema.table`."""
    found = {}
    for schema, name in connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = ? order by all",
        [catalog],
    ).fetchall():
        found.setdefault(schema, []).append(Table(schema, name).sql)
    return found
