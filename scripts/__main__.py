"""`python -m durable_events`: the command `durable-events` by this very interpreter."""

from durable_events.cli import app

app(prog_name="durable-events")
