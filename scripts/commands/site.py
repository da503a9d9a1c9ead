"""Write the site for analysts: a folder of pages that opens from disk or from any web server.

    durable-events site
    durable-events site --site /var/www/events

The start page says how fresh and how large the warehouse is and which table answers which question;
beside it are pages on quality, each event, lateness and versions, dbt's docs, and the lineage of
columns. No page makes a request to another host. The warehouse is opened read-only, for a moment.

Ends with 2 if the warehouse can't be read.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console


def main(
    warehouse: Annotated[
        Path, typer.Option(envvar="DURABLE_EVENTS_DB", help="The DuckDB file to look at.")
    ] = Path("warehouse.duckdb"),
    site: Annotated[Path, typer.Option(help="The folder to write the pages to.")] = Path("site"),
    scratch: Annotated[
        Path, typer.Option(help="A folder for dbt's own files; kept, it saves time.")
    ] = Path("target/site"),
) -> None:
    """Write the site for analysts. Ends with 2 if the warehouse can't be read."""
    if not warehouse.is_file():
        print(f"There is no warehouse {warehouse}: build it first, `make run`.", file=sys.stderr)
        raise typer.Exit(2)
    from durable_events.analysts_site.docs import write_docs
    from durable_events.analysts_site.pages import write_pages

    console = Console(stderr=True)
    made_at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    try:
        with console.status("Writing dbt's docs and the lineage of columns ..."):
            manifest = write_docs(warehouse.resolve(), site, scratch)
        with console.status("Drawing the pages ..."):
            links = write_pages(warehouse.resolve(), site, manifest, made_at)
    except duckdb.Error as error:
        print(
            f"Can't read {warehouse}: {error}\nWait for the run that has it open, or build it with "
            "`make run`.",
            file=sys.stderr,
        )
        raise typer.Exit(2) from error
    print(f"{len(links)} pages: open {site / links[0].file} in a browser, or run `make serve`.")
