"""Time balance_as_of for one account beside adding up all of its entries.

Makes entries over three years in a warehouse of their own, has dbt make account_entries and
account_balance_snapshots of them, and asks for balances of random accounts at random moments in
both ways. Checks that they give the same, and prints the times and the rows that each added up.
Ends with 1 if balance_as_of adds up more than a 50th of the rows, or takes more than a 10th of the
time.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from durable_events.project import Project

FEWER_ROWS, FASTER = 50, 10  # times, at least
DAYS = 3 * 365
FIRST = datetime.fromisoformat("2023-01-01")  # UTC, without zone as in the warehouse
MACRO = (
    "{{ balance_as_of(ref('account_entries'), ref('account_balance_snapshots'), "
    "'cast($moment as timestamp)', '$account') }}"
)
REPLAY = """
select account_id, currency, cast(sum(coalesce(amount, 0)) as decimal(38, 4)) as balance,
    count(*) as entry_count
from silver.account_entries
where account_id = $account and event_time <= $moment
group by account_id, currency
"""
# In the order in which they happened, as daily loads bring them.
ENTRIES = """
create schema silver;
create table silver.money_entries as
select
    'e' || number as event_id,
    'wallet_deposited' as event_name,
    'wallet' as book,
    timestamp '2023-01-01' + to_microseconds(number * {step}) as event_time,
    cast(timestamp '2023-01-01' + to_microseconds(number * {step}) as date) as event_date,
    'wallet-' || (hash(number) % {accounts}) as account_id,
    cast((cast(hash(number + 1) % 20000 as bigint) - 9000) / 100 as decimal(18, 4)) as amount,
    'EUR' as currency,
    cast(1 as bigint) as entry_load_id,
    cast(null as bigint) as renamed_load_id,
    cast(1 as bigint) as load_id
from range({entries}) as numbers (number)
"""


def asked(
    connection: duckdb.DuckDBPyConnection, query: str, question: dict
) -> tuple[float, list[tuple]]:
    """How many seconds a query takes, and what it gives."""
    started = time.perf_counter()
    rows = connection.execute(query, question).fetchall()
    return time.perf_counter() - started, rows


def added_up(connection: duckdb.DuckDBPyConnection, query: str, question: dict) -> tuple[int, int]:
    """The rows that a query adds up, and those that it looks at in its tables to find them."""
    connection.execute("pragma enable_profiling = 'no_output'")
    connection.execute(query, question).fetchall()
    profile = json.loads(connection.get_profiling_information(format="json"))
    connection.execute("pragma disable_profiling")
    added = scanned = 0

    def walk(node: dict) -> None:
        nonlocal added, scanned
        scanned += node.get("operator_rows_scanned", 0)
        if "SCAN" in node.get("operator_name", "") and node.get("operator_rows_scanned"):
            added += node["operator_cardinality"]
        for child in node.get("children", []):
            walk(child)

    walk(profile)
    return added, scanned


def main(
    entries: Annotated[int, typer.Option(help="Entries, over three years.")] = 10_000_000,
    accounts: Annotated[int, typer.Option(help="How many accounts have them.")] = 20_000,
    questions: Annotated[int, typer.Option(help="How many balances are asked for.")] = 50,
) -> None:
    """Time balance_as_of beside adding up all entries.

    Example: durable-events bench balances --entries 1000000

    Ends with 1 if it adds up more than a 50th of the rows, or takes more than a 10th of the time.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        database = Path(scratch, "bench.duckdb")
        with duckdb.connect(
            str(database), config={"storage_compatibility_version": "v1.2.0"}
        ) as connection:
            step = DAYS * 24 * 3600 * 10**6 // entries
            connection.execute(ENTRIES.format(entries=entries, accounts=accounts, step=step))
        models = ("account_entries", "account_balance_snapshots")
        project, folder = Project(), Path(scratch)
        environment = project.environment(database)
        project.dbt("run", "--select", *models, environment=environment, scratch=folder)
        macro = project.compiled(MACRO, environment, folder)
        dice = random.Random(1)
        times, rows = {"replay": [], "macro": []}, {"replay": [], "macro": []}
        with duckdb.connect(str(database), read_only=True) as connection:
            for _ in range(questions):
                moment = FIRST + timedelta(seconds=dice.randrange(DAYS * 24 * 3600))
                question = {"account": f"wallet-{dice.randrange(accounts)}", "moment": moment}
                answers = []
                for name, query in (("replay", REPLAY), ("macro", macro)):
                    seconds, answer = asked(connection, query, question)
                    times[name].append(seconds)
                    rows[name].append(added_up(connection, query, question))
                    answers.append(answer)
                if answers[0] != answers[1]:
                    sys.exit(f"{question}: the entries add up to {answers[0]}, not {answers[1]}.")
            (snapshots,) = connection.execute(
                "select count(*) from gold.account_balance_snapshots"
            ).fetchone()
    replay, own = (statistics.median(times[name]) for name in ("replay", "macro"))
    replayed, read = (sum(row[0] for row in rows[name]) for name in ("replay", "macro"))
    seen, looked = (sum(row[1] for row in rows[name]) for name in ("replay", "macro"))
    print(
        f"{entries:,} entries of {accounts:,} accounts, {snapshots:,} snapshots, {questions} times:"
    )
    print(f"  all entries    {1000 * replay:7.1f} ms, {replayed / questions:9,.1f} rows added up")
    print(f"  balance_as_of  {1000 * own:7.1f} ms, {read / questions:9,.1f} rows added up")
    print(f"  {replay / own:.0f} times as fast, {replayed / read:.0f} times fewer rows added up,")
    print(f"  {seen / max(1, looked):.0f} times fewer looked at ({seen:,} and {looked:,})")
    raise typer.Exit(own * FASTER > replay or read * FEWER_ROWS > replayed)
