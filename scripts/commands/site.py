"""Write the site for analysts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from durable_events.options import ProjectDir, WarehouseFile
from durable_events.project import Project
from durable_events.warehouse import found


def main(
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    site: Annotated[Path, typer.Option(help="The folder to write the pages to.")] = Path("site"),
    scratch: Annotated[
        Path | None,
        typer.Option(help="A folder for dbt's own files, kept to save time: target/site."),
    ] = None,
) -> None:
    """Write the site for analysts: pages that open from disk.

    Example: durable-events site --site /var/www/events

    The start page says how fresh and how large the warehouse is and which table answers which
    question; beside it are pages on quality, each event, lateness and versions, dbt's docs, and the
    lineage of columns. No page makes a request to another host. The warehouse is opened read-only,
    for a moment. Any web server will do to show it.
    """
    project = Project(project_dir)
    file = found(project.warehouse(warehouse))
    from durable_events.analysts_site.docs import write_docs
    from durable_events.analysts_site.pages import write_pages

    console = Console(stderr=True)
    made_at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    with console.status("Writing dbt's docs and the lineage of columns ..."):
        manifest = write_docs(file, site, scratch or project.target / "site", project)
    with console.status("Drawing the pages ..."):
        links = write_pages(file, site, project, manifest, made_at)
    print(f"{len(links)} pages: open {site / links[0].file}, or run `durable-events serve`.")
