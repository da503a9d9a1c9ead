"""The results of a validation as one HTML file: no script, no request."""

from pathlib import Path

from durable_events.pages.render import Link, write
from durable_events.validation.results import SEVERITIES, read

HERE = Path(__file__).resolve().parent
DATES = 10  # of an expectation that fails, the newest


def render(warehouse: Path, page: Path, links: tuple[Link, ...] = ()) -> None:
    """Write the page on the newest load that was validated.

    It reads quality.validation_results and needs no Great Expectations. The page's folder is made
    if need be. `links`: to the other pages of a site.

    Raises:
        duckdb.Error: the file can't be read.
        LookupError: it was not validated yet.
    """
    validation = read(warehouse)
    write(
        HERE,
        "page.html",
        page,
        links,
        validation=validation,
        severities=SEVERITIES,
        most_dates=DATES,
    )
