"""`python -m durable_events`: the command `durable-events` by this very interpreter."""

from durable_events.cli import main

main()
