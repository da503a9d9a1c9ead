"""Write the new lines of the landing folder as Parquet, for a dbt that can't read the folder."""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from durable_events.errors import CannotTell
from durable_events.options import AsJson, ProjectDir, WarehouseFile
from durable_events.project import LANDING, PACKAGE, Project
from durable_events.warehouse import opened, rows

if TYPE_CHECKING:
    import pyarrow as pa

KNOWN_FILES = f"{{{{ {PACKAGE}.known_files(ref('{PACKAGE}', 'raw_events')) }}}}"


def main(
    into: Annotated[
        Path | None,
        typer.Argument(help="The folder to write; what `vars: landed_lines` says if not said."),
    ] = None,
    project_dir: ProjectDir = None,
    warehouse: WarehouseFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the new lines of the landing folder as Parquet.

    Example: durable-events land-lines landed_lines && dbt build --vars 'landed_lines: landed_lines'

    For a dbt that has no plugins in Python: the reader that dbt else calls by itself runs before
    it, and the models take the lines from lines.parquet. Nothing is read twice, however often
    either runs: the file says which load it follows, and bronze takes it after that load alone.
    """
    from durable_events.landing_reader import FILES, LINES, Landing

    project = Project(project_dir)
    file = project.warehouse(warehouse)
    said = into or (project.settings.get("vars") or {}).get("landed_lines")
    if not said:
        raise CannotTell(
            "Where are the lines to go? Name a folder, and tell dbt of it in dbt_project.yml: "
            "vars: {landed_lines: FOLDER}."
        )
    folder = project.folder / said
    landing = Landing(project.folder / os.environ.get(LANDING, "landing"))
    after_load_id = 0
    if has_bronze(project, file):
        with tempfile.TemporaryDirectory(prefix="land-lines-") as scratch:
            query = project.compiled(KNOWN_FILES, project.environment(file), Path(scratch))
        # what was read, and up to which load, at one moment
        with opened(file, project) as reading:
            landing.open(rows(reading.connection, query))
            newest = reading.row("select max(load_id) as load_id from {raw_events}")
            after_load_id = newest["load_id"] or 0
    folder.mkdir(parents=True, exist_ok=True)
    files = write(folder / "files.parquet", FILES, landing.file_batches())
    lines = write(folder / "lines.parquet", LINES, landing.line_batches(), after_load_id)
    if as_json:
        print(json.dumps({"folder": str(said), "line_count": lines, "after_load": after_load_id}))
    else:
        print(f"{lines:,} new lines in {said}, to follow load {after_load_id} ({files:,} files).")


def has_bronze(project: Project, file: Path) -> bool:
    """Whether anything can have been read so far."""
    if not file.is_file():
        return False
    with opened(file, project) as reading:
        return reading.has("raw_events")


def write(
    path: Path,
    schema: "pa.Schema",
    batches: "Iterable[pa.RecordBatch]",
    after_load_id: int | None = None,
) -> int:
    """Write batches to a Parquet file that is there whole or not at all; the number of rows.

    Args:
        path: the file, replaced if it is there.
        schema: of the batches.
        batches: some rows at a time; no more than one batch is kept in memory.
        after_load_id: what the column of this name is to hold, if there is to be one.
    """
    import pyarrow as pa
    from pyarrow import parquet

    unfinished = path.with_suffix(".unfinished")
    column = pa.field("after_load_id", pa.int64())
    written = schema if after_load_id is None else schema.append(column)
    count = 0
    with unfinished.open("wb") as file:
        with parquet.ParquetWriter(file, written, compression="zstd") as writer:
            for batch in batches:
                numbers = pa.repeat(pa.scalar(after_load_id, pa.int64()), len(batch))
                columns = [*batch.columns, *([numbers] if after_load_id is not None else [])]
                writer.write_batch(pa.record_batch(columns, written))
                count += len(batch)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return count
