"""Options that several commands have, so that they are called and told the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

ProjectDir = Annotated[
    Path | None,
    typer.Option(
        envvar="DBT_PROJECT_DIR",
        help="The folder of the dbt project; the current one, or the nearest above, if not said.",
    ),
]
WarehouseFile = Annotated[
    Path | None,
    typer.Option(help="The DuckDB file; the one of the project's profile if not said."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
