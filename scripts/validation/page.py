"""The results of a validation as one HTML file: no script, no request."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from validation.results import SEVERITIES, read

HERE = Path(__file__).resolve().parent
DATES = 10  # of an expectation that fails, the newest


def render(warehouse: Path, folder: Path) -> Path:
    """Write the page on the newest load that was validated to index.html of a folder.

    It reads quality.validation_results and needs no Great Expectations. The folder is made if need
    be.

    Raises:
        duckdb.Error: the file can't be read.
        LookupError: it was not validated yet.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html").render(
        validation=read(warehouse), severities=SEVERITIES, most_dates=DATES
    )
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    page.write_text(text)
    return page
