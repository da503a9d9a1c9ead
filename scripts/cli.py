"""The command `durable-events`: what each of its commands does is in the module of its name.

To add one, write `commands/<name>.py` with a function `main`, and name it here in one line. What a
command alone needs (Great Expectations, Altair, dbt) it imports where it runs.
"""

import sys

import typer

from durable_events.commands import (
    bench_balances,
    bench_comparison,
    bench_peers,
    compare,
    land_lines,
    late,
    new,
    parity,
    reconcile,
    replay,
    scaffold_daily_table,
    scaffold_event,
    scaffold_history,
    scaffold_versions,
    schedule,
    serve,
    site,
    status,
    validate,
)
from durable_events.demo import make
from durable_events.errors import CannotTell

app = typer.Typer(
    help="""What is done around a dbt project of events: the one in the current folder, or in
    --project-dir.

    Every command ends with 0 if all is well, with 1 if it found something that needs a look (it
    says what), and with 2 if it can't tell, or was called in a wrong way; `schedule` also with 3,
    if another run was on and nothing was done.

    Example: durable-events status --json""",
    no_args_is_help=True,
    # plain: to import what paints it takes as long as all else
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("status")(status.main)
app.command("validate")(validate.main)
app.command("site")(site.main)
app.command("serve")(serve.main)
app.command("compare")(compare.main)
app.command("parity")(parity.main)
app.command("replay")(replay.main)
app.command("reconcile")(reconcile.main)
app.command("schedule")(schedule.main)
app.command("late")(late.main)
app.command("land-lines")(land_lines.main)
app.command("new")(new.main)
app.command("demo")(make.main)

scaffold = typer.Typer(
    help="Write the files of new models, ready to build.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
scaffold.command("event")(scaffold_event.main)
scaffold.command("history")(scaffold_history.main)
scaffold.command("versions")(scaffold_versions.main)
scaffold.command("daily-table")(scaffold_daily_table.main)
app.add_typer(scaffold, name="scaffold")

bench = typer.Typer(
    help="Measure this project, beside what else one could do.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
bench.command("peers")(bench_peers.main)
bench.command("balances")(bench_balances.main)
bench.command("comparison")(bench_comparison.main)
app.add_typer(bench, name="bench")


def main() -> None:
    """What `durable-events` runs: the commands, and 2 where one can't do what it is asked."""
    try:
        app(prog_name="durable-events")
    except CannotTell as error:
        print(error, file=sys.stderr)
        sys.exit(2)
