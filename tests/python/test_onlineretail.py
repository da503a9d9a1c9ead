"""Real orders of a web shop: the tables equal what plain loops counted, whatever the order.

The data stands beside the repository and is no part of it; without it these tests are skipped.
"""

import csv
import gzip
import os
import random
from collections import Counter
from decimal import Decimal

import pyarrow as pa
import pytest
from warehouse import PROJECT

# more of the same in `make prove`
LOAD_COUNTS = (1, 2, 4) if "DURABLE_EVENTS_DEMO_LOADS" in os.environ else (2,)
DATA = PROJECT.parent / "shared" / "data" / "onlineretail"
pytestmark = [
    pytest.mark.shop,
    pytest.mark.skipif(
        not (DATA / "orders_full.jsonl.zst").exists(), reason=f"no test data in {DATA}"
    ),
    pytest.mark.only("+daily_revenue", "+daily_users", "+daily_sessions", "+daily_event_counts"),
]


def truth(name: str) -> list[dict[str, str]]:
    """The rows of a file of truths."""
    path = DATA / name
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(text.decode().splitlines()))


def check(warehouse) -> None:
    """Every table that the truth tells of is as the truth tells."""
    assert warehouse.rows("select count(*), count(user_key) from silver.events") == [(25900, 22190)]
    sessions = warehouse.rows(
        "select user_key, session_number, epoch_us(started_at), epoch_us(ended_at), event_count "
        "from silver.sessions"
    )
    columns = ("session_index", "start_us", "end_us", "events")
    assert Counter(sessions) == Counter(
        (row["user"], *(int(row[column]) for column in columns))
        for row in truth("truth_orders_full_sessions.csv.gz")
    )
    counts = warehouse.rows(
        "select cast(event_date as varchar), event_name, event_count, user_count "
        "from gold.daily_event_counts"
    )
    assert Counter(counts) == Counter(
        (row["day"], row["event"], int(row["events"]), int(row["unique_users"]))
        for row in truth("truth_orders_full_daily_event_counts.csv")
    )
    revenue = warehouse.rows(
        "select cast(event_date as varchar), booked_amount from gold.daily_revenue"
    )
    # cancellations name no order: they stand for themselves, so both views are the same
    assert revenue == warehouse.rows(
        "select cast(event_date as varchar), restated_amount from gold.daily_revenue"
    )
    assert dict(revenue) == {
        row["day"]: Decimal(row["net"]) for row in truth("truth_daily_revenue_raw.csv")
    }
    assert sum(amount for _, amount in revenue) == Decimal("9747747.934")
    daily = warehouse.rows(
        "select cast(days.event_date as varchar), active_user_count, session_count "
        "from (select distinct event_date from gold.daily_event_counts) as days "
        "left join gold.daily_users using (event_date) "
        "left join gold.daily_sessions on session_date = days.event_date"
    )
    assert Counter((day, users or 0, sessions or 0) for day, users, sessions in daily) == Counter(
        (row["day"], int(row["unique_users"]), int(row["sessions_started"]))
        for row in truth("truth_orders_full_daily.csv")
    )


@pytest.mark.parametrize("load_count", LOAD_COUNTS)
def test_however_it_is_landed(warehouse, load_count):
    """In as many loads, shuffled, and a few lines twice."""
    with pa.input_stream(str(DATA / "orders_full.jsonl.zst"), compression="zstd") as stream:
        lines = stream.read().splitlines()
    random.Random(1).shuffle(lines)
    for i in range(load_count):
        warehouse.land(f"{i}.jsonl.gz", lines[i::load_count] + lines[i::400])
        warehouse.run()
    check(warehouse)
    tables = warehouse.parity()
    assert {"gold.daily_revenue", "silver.sessions"} < tables.keys()
    assert [row for row in tables.values() if row["first"]] == []
