"""Show the site for analysts on this machine alone."""

import contextlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer

from durable_events.errors import CannotTell


def main(
    site: Annotated[Path, typer.Option(help="The folder with the pages.")] = Path("site"),
    port: Annotated[int, typer.Option(help="Where on this machine to show it.")] = 8000,
) -> None:
    """Show the site for analysts on this machine alone.

    Example: durable-events serve --port 8001

    Until it is stopped (Ctrl-C).
    """
    if not (site / "index.html").is_file():
        raise CannotTell(f"There is no site in {site}: write it first, `durable-events site`.")
    handler = partial(SimpleHTTPRequestHandler, directory=site)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise CannotTell(f"Port {port} can't be used: {error}. Name another: --port.") from error
    with server, contextlib.suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{port}/", flush=True)
        server.serve_forever()
