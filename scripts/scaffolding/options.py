"""Options that several of the commands have that write models."""

from pathlib import Path
from typing import Annotated

import typer

FromWarehouse = Annotated[
    bool, typer.Option("--from-warehouse", help="Take the columns from the events seen so far.")
]
Into = Annotated[
    Path | None, typer.Option(help="The folder to write to; those of the project if not said.")
]
