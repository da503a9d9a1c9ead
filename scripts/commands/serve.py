"""Show the site for analysts on this machine alone."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer


def main(
    site: Annotated[Path, typer.Option(help="The folder with the pages.")] = Path("site"),
    port: Annotated[int, typer.Option(help="Where on this machine to show it.")] = 8000,
) -> None:
    """Show the site for analysts on this machine alone, until it is stopped (Ctrl-C)."""
    if not (site / "index.html").is_file():
        print(f"There is no site in {site}: write it first, `durable-events site`.")
        raise typer.Exit(2)
    handler = partial(SimpleHTTPRequestHandler, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://127.0.0.1:{port}/", flush=True)
        server.serve_forever()
