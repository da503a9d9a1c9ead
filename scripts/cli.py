"""The command `durable-events`: what each of its commands does is in the module of its name.

To add one, write `commands/<name>.py` with a function `main`, and name it here in one line. What a
command alone needs (Great Expectations, Altair, dbt) it imports where it runs.
"""

import typer

from durable_events.commands import (
    bench_balances,
    bench_comparison,
    bench_peers,
    compare,
    parity,
    reconcile,
    replay,
    scaffold,
    schedule,
    serve,
    site,
    status,
    validate,
)
from durable_events.demo import make

app = typer.Typer(
    help="What is done around a dbt project of events.",
    no_args_is_help=True,
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
app.command("scaffold")(scaffold.main)
app.command("schedule")(schedule.main)
app.command("demo")(make.main)

bench = typer.Typer(help="Measure, beside what else one could do.", no_args_is_help=True)
bench.command("peers")(bench_peers.main)
bench.command("balances")(bench_balances.main)
bench.command("comparison")(bench_comparison.main)
app.add_typer(bench, name="bench")
