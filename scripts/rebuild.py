"""Build silver and gold anew from a warehouse's bronze, in a file of their own."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

HERE = Path.cwd()
# as dbt finds it
PROJECT = next((p for p in (HERE, *HERE.parents) if (p / "dbt_project.yml").exists()), HERE)


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def rebuild(warehouse: Path, scratch: Path, logs: Path, *arguments: str) -> None:
    """Copy a warehouse's bronze into a new DuckDB file, and have dbt build the rest there from it.

    The warehouse is opened read-only. `logs`: a folder for dbt's target and log files. `arguments`
    are handed to `dbt build`. Raises duckdb.Error if a file can't be read or written, and
    subprocess.CalledProcessError if dbt fails; its output is on stderr.
    """
    with duckdb.connect(str(scratch)) as connection:
        path = str(warehouse).replace("'", "''")
        connection.execute(f"attach '{path}' as here (read_only)")
        connection.execute("create schema bronze")
        for table in tables(connection, "here", ("bronze",), "BASE TABLE"):
            connection.execute(f"create table {table} as from here.{table}")
    subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "build", "--full-refresh"),
            *("--exclude", "path:models/bronze,config.materialized:incremental"),
            *("--exclude-resource-type", "test", "unit_test", "seed"),
            *("--target-path", str(logs / "target"), "--log-path", str(logs / "logs")),
            *arguments,
        ],
        cwd=PROJECT,
        env=os.environ | {"DURABLE_EVENTS_DB": str(scratch), "DURABLE_EVENTS_LANDING": str(logs)},
        stdout=sys.stderr,
        check=True,
    )


def tables(connection, catalog: str, schemas: tuple[str, ...], kind: str = "%") -> list[str]:
    """Tables and views of a catalog's schemas, or those of one kind, as quoted `schema.table`."""
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = ? and list_contains(?, table_schema) and table_type like ? "
        "order by all",
        [catalog, list(schemas), kind],
    ).fetchall()
    return [f"{quoted(schema)}.{quoted(name)}" for schema, name in found]
