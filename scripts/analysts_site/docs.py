"""dbt's own documentation as one file, and the lineage of columns as another.

dbt would hold the warehouse open for seconds, so that no run could begin meanwhile. It works on a
file of the same name with the same tables, but no rows.
"""

import json
import logging
import shutil
import sys
from pathlib import Path

import duckdb
from dbt_colibri.lineage_extractor.extractor import DbtColumnLineageExtractor
from dbt_colibri.report.generator import DbtColibriReportGenerator

from durable_events.errors import CannotTell
from durable_events.project import Project
from durable_events.warehouse import why_unreadable

DOCS, LINEAGE = "docs.html", "column_lineage.html"
# dbt's page asks for files whose names are pieces of its own source, hundreds of times.
MENDED = {
    '<use xlink:href="{{': '<use ng-attr-href="{{',
    """href="${require('./assets/favicons/favicon.ico')}\"""": 'href="data:,"',
}


def copy_schema(warehouse: Path, copy: Path) -> None:
    """Make the tables and views of a warehouse in another file, without rows.

    The warehouse is opened read-only. Raises duckdb.Error if a file can't be read or written.
    """
    with duckdb.connect(str(copy)) as connection:
        path = str(warehouse).replace("'", "''")
        name = copy.stem.replace('"', '""')
        connection.execute(f"attach '{path}' as _source (read_only)")
        connection.execute(f'copy from database _source to "{name}" (schema)')


def write_docs(warehouse: Path, site: Path, scratch: Path, project: Project) -> dict:
    """Write docs.html and column_lineage.html into the site, and give dbt's manifest.

    `scratch`: a folder for dbt's files; one that is there from before saves dbt the parsing. Raises
    CannotTell if the warehouse can't be read, or dbt fails.
    """
    scratch = scratch.resolve()
    copy = scratch / "tables" / warehouse.name
    shutil.rmtree(copy.parent, ignore_errors=True)
    copy.parent.mkdir(parents=True)
    try:
        copy_schema(warehouse, copy)
    except duckdb.Error as error:
        raise CannotTell(why_unreadable(warehouse, error)) from error
    # to compile the tests as well takes as long as all else
    without = ("--exclude", "resource_type:test", "resource_type:unit_test")
    command = ("docs", "generate", "--static", *without)
    project.dbt(*command, environment=project.environment(copy), scratch=scratch)
    shutil.rmtree(copy.parent)
    target = scratch / "target"
    page = (target / "static_index.html").read_text()
    for wrong, right in MENDED.items():
        page = page.replace(wrong, right)
    site.mkdir(parents=True, exist_ok=True)
    (site / DOCS).write_text(page)
    write_lineage(target, site)
    return json.loads((target / "manifest.json").read_text())


def write_lineage(target: Path, site: Path) -> None:
    """Write column_lineage.html from dbt's manifest and catalog.

    By the library, not its command, which asks the network whether there is a newer one.
    """
    logging.getLogger("colibri").setLevel(logging.CRITICAL)
    report = target / "colibri"
    shutil.rmtree(report, ignore_errors=True)
    extractor = DbtColumnLineageExtractor(
        str(target / "manifest.json"), str(target / "catalog.json")
    )
    generator = DbtColibriReportGenerator(extractor, light_mode=True, disable_telemetry=True)
    generator.generate_report(output_dir=str(report))
    shutil.copyfile(report / "index.html", site / LINEAGE)
    if (errors := report / "colibri-parsing-errors.json").exists():
        models = {error["node_id"].split(".")[2] for error in json.loads(errors.read_text())}
        print(f"No column lineage of {', '.join(sorted(models))}: see {errors}.", file=sys.stderr)
