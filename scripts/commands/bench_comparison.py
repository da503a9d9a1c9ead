"""Time compare_versions beside a plain full outer join on the key, written by hand.

Makes two relations in a warehouse of their own, checks that both ways find the same, and prints the
times. Ends with 1 if the macro takes more than three times as long as the join.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from durable_events.project import Project

LIMIT = 3  # times the join by hand
DAYS = 30

# What differs: version 2 lacks 1 key in 50 and has 1 in 50 that version 1 lacks; of the others 1 in
# 20 has another amount. A key is 20 hexadecimal digits, as the demo shop's checkouts have them.
RELATIONS = f"""
create table {{name}} as
select
    md5(cast(number as varchar))[:20] as checkout_id,
    cast(date '2026-01-01' + cast(number % {DAYS + 1} as integer) as date) as event_date,
    cast((number * 37 % 10000 + {{extra}}) / 100 as decimal(18, 2)) as amount,
    ['EUR', 'USD', 'GBP'][1 + number % 3] as currency,
    cast(number % 7 as integer) as item_count,
    'user-' || number % 100000 as user_key
from range({{first}}, {{last}}) as numbers (number)
"""

JOIN = f"""
with old as (from old_rows where event_date < date '2026-01-01' + {DAYS}),
new as (from new_rows where event_date < date '2026-01-01' + {DAYS})
select
    coalesce(old.event_date, new.event_date) as event_date,
    count(old.checkout_id) as old_row_count,
    count(new.checkout_id) as new_row_count,
    count(*) filter (new.checkout_id is null) as only_old_count,
    count(*) filter (old.checkout_id is null) as only_new_count,
    count(*) filter (
        old.checkout_id = new.checkout_id
        and old.amount is not distinct from new.amount
        and old.currency is not distinct from new.currency
        and old.item_count is not distinct from new.item_count
        and old.user_key is not distinct from new.user_key
    ) as identical_count,
    sum(old.amount) as old_amount_sum,
    sum(new.amount) as new_amount_sum
from old
full join new on old.checkout_id = new.checkout_id
group by coalesce(old.event_date, new.event_date)
order by event_date
"""

RELATION = "api.Relation.create(database='bench', schema='main', identifier='{}')"
MACRO = (
    f"{{% set old = {RELATION.format('old_rows')} %}}"
    f"{{% set new = {RELATION.format('new_rows')} %}}"
    f"{{{{ compare_versions(old, new, 'checkout_id', ['amount'], days={DAYS}) }}}}"
)


def found(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[float, list[dict]]:
    """How many seconds a query takes, and what it gives."""
    started = time.perf_counter()
    cursor = connection.execute(query)
    rows = cursor.fetchall()
    seconds = time.perf_counter() - started
    names = [column[0] for column in cursor.description]
    return seconds, [dict(zip(names, row, strict=True)) for row in rows]


def main(
    rows: Annotated[int, typer.Option(help="Rows of each relation.")] = 5_000_000,
    runs: Annotated[int, typer.Option(help="How often each is timed; the median counts.")] = 3,
) -> None:
    """Time compare_versions beside a full outer join on the key.

    Example: durable-events bench comparison --rows 1000000

    Ends with 1 if it takes more than three times as long.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        database = Path(scratch, "bench.duckdb")
        with duckdb.connect(str(database)) as connection:
            few = rows // 50
            changed = "case when number % 20 = 0 then 1 else 0 end"
            sides = (("old_rows", "0", 0), ("new_rows", changed, few))
            for name, extra, first in sides:
                facts = {"name": name, "extra": extra, "first": first, "last": first + rows}
                connection.execute(RELATIONS.format(**facts))
        project = Project()
        macro = project.compiled(MACRO, project.environment(database), Path(scratch))
        with duckdb.connect(str(database), read_only=True) as connection:
            times = {"join": [], "macro": []}
            for _ in range(runs):  # in turns, so that both meet the same machine
                seconds, by_hand = found(connection, JOIN)
                times["join"].append(seconds)
                seconds, compared = found(connection, macro)
                times["macro"].append(seconds)
    told = [{name: day[name] for name in by_hand[0]} for day in compared]
    if told != by_hand:
        sys.exit("The macro and the join by hand do not find the same.")
    join, own = (statistics.median(times[name]) for name in ("join", "macro"))
    print(f"2 x {rows:,} rows, {len(told)} days, median of {runs}:")
    print(f"  full outer join by hand {join:6.2f} s")
    print(
        f"  compare_versions        {own:6.2f} s, {own / join:.1f} times as long; {LIMIT} allowed"
    )
    raise typer.Exit(own > LIMIT * join)
