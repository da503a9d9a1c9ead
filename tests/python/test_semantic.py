"""Metrics and saved queries: what MetricFlow makes of them equals SQL written by hand."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from dbt.adapters.factory import get_adapter_by_type
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from dbt_metricflow.cli.dbt_connectors.adapter_backed_client import AdapterBackedSqlClient
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from warehouse import PROJECT, Warehouse, manifest

DAY, WEEK, MONTH = (f"metric_time__{grain}" for grain in ("day", "week", "month"))


def event(user: str | None, time: str, name: str = "page_viewed", **properties) -> dict:
    """An event of 2026, at a time such as `03-01T10:00`; its id says who did what and when."""
    sent = {"event_id": f"{user} {name} {time}", "event_name": name, "event_time": f"2026-{time}Z"}
    return sent | {"user_id": user, "properties": properties}


def paid(user: str, time: str) -> dict:
    """A payment in euros."""
    return event(user, time, "payment_received", amount="5.00", currency="EUR")


def order(number: int, time: str, amount: str, currency: str | None, name="order_placed") -> dict:
    """A guest's order, or what compensates it."""
    return event(None, time, name, order_id=number, amount=amount, currency=currency)


# March 1 is a Sunday, of the week of February 23. Nothing happens from March 11 to 22, and nobody
# views a page in the week before.
EVENTS = [
    event("ann", "02-28T10:00:00"),
    paid("ann", "02-28T10:20:00"),
    event("ann", "03-01T23:50:00"),
    paid("ann", "03-02T00:10:00"),
    event("bob", "03-01T09:00:00"),
    event("bob", "03-03T09:00:00"),
    event("bob", "03-03T09:00:00.5"),
    event("bob", "03-03T18:00:00"),
    paid("cid", "03-10T08:00:00"),
    event("cid", "03-23T08:00:00"),
    event(None, "03-23T08:00:00", "seen_by_nobody"),
    order(1, "02-28T10:19:00", "20.00", "EUR"),
    order(2, "02-28T11:00:00", "3000", "JPY"),
    order(3, "03-02T00:09:00", "30.50", "EUR"),
    order(4, "03-10T08:00:00", "7.00", "USD"),
    order(5, "03-10T09:00:00", "0.10", "USD"),
    order(6, "03-10T10:00:00", "1.25", None),
    order(1, "03-23T12:00:00", "20.00", "EUR", "order_cancelled"),
]
TABLES = ("daily_event_counts", "user_days", "daily_sessions", "daily_funnel", "daily_revenue")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Warehouse:
    """A small shop, with what its metrics are made of."""
    warehouse = Warehouse(tmp_path_factory.mktemp("shop"))
    warehouse.land("events.ndjson", EVENTS)
    warehouse.run("--select", *(f"+{table}" for table in (*TABLES, "calendar")))
    return warehouse


@pytest.fixture(scope="module")
def semantic_manifest(tmp_path_factory) -> Path:
    """The project's semantic manifest, as dbt writes it when it parses."""
    path = tmp_path_factory.mktemp("semantic") / "semantic_manifest.json"
    SemanticManifest(manifest()).write_json_to_file(str(path))
    return path


@pytest.fixture(scope="module")
def ask(shop, semantic_manifest) -> Callable[..., list[tuple]]:
    """Puts a query to MetricFlow, in the words of its request, and gives the rows."""
    parsed = parse_manifest_from_dbt_generated_manifest(semantic_manifest.read_text())
    client = AdapterBackedSqlClient(get_adapter_by_type("duckdb"))
    engine = MetricFlowEngine(SemanticManifestLookup(parsed), client)

    def rows(**query) -> list[tuple]:
        request = MetricFlowQueryRequest.create(**query)
        return with_dates(shop.rows(engine.explain(request).sql_statement.sql))

    return rows


def with_dates(rows: list[tuple]) -> list[tuple]:
    """Rows with the midnights that DuckDB's date_trunc gives as dates."""
    return [tuple(x.date() if isinstance(x, datetime) else x for x in row) for row in rows]


# By metric: what it is asked by, and the same in SQL on silver, below the tables it is made of.
METRICS = {
    "events": (
        [DAY, "event__event_name"],
        "select event_date, event_name, count(*) from silver.events group by all",
    ),
    "active_users": (
        [MONTH],
        "select date_trunc('month', event_date), count(distinct user_key) from silver.events "
        "where user_key is not null group by all",
    ),
    "active_users_last_7_days": (
        [DAY],
        """
        select day, count(distinct user_key)
        from (
            select unnest(generate_series(min(event_date), max(event_date), interval 1 day))::date
            from silver.events
        ) as days (day)
        inner join silver.events on event_date between day - 6 and day and user_key is not null
        group by all
        """,
    ),
    "new_users": (
        [],
        "select count(distinct user_key) from silver.events",
    ),
    "sessions": (
        [WEEK],
        "select date_trunc('week', started_at), count(*) from silver.sessions group by all",
    ),
    "session_seconds": (
        [MONTH],
        "select date_trunc('month', started_at), sum(epoch_us(ended_at - started_at)) / 1e6 "
        "from silver.sessions group by all",
    ),
    "average_session_seconds": (
        [],
        "select sum(epoch_us(ended_at - started_at)) / 1e6 / count(*) from silver.sessions",
    ),
    "viewed_sessions": (
        [MONTH],
        "select date_trunc('month', session_date), count(distinct session_id) "
        "from silver.event_sessions inner join silver.events using (event_id) "
        "where event_name = 'page_viewed' group by all",
    ),
    "paid_sessions": (
        [MONTH],
        "select date_trunc('month', session_date), count(distinct session_id) "
        "from silver.event_sessions inner join silver.events using (event_id) "
        "where event_name = 'payment_received' group by all",
    ),
    "conversion_rate": (
        [],
        "select count(distinct session_id) filter (where event_name = 'payment_received') "
        "/ count(distinct session_id) filter (where event_name = 'page_viewed') "
        "from silver.event_sessions inner join silver.events using (event_id)",
    ),
    "orders": (
        [WEEK],
        "select date_trunc('week', event_date), sum((event_name = 'order_placed')::integer) "
        "from silver.money_entries group by all",
    ),
    "revenue_currencies": (
        [MONTH],
        "select date_trunc('month', event_date), count(distinct coalesce(currency, 'XXX')) "
        "from silver.money_entries where book = 'orders' group by all",
    ),
    "booked_amount_of_all_currencies": (
        [DAY],
        "select event_date, coalesce(sum(amount) filter (where book = 'orders'), 0) "
        "from silver.money_entries group by all",
    ),
    "restated_amount_of_all_currencies": (
        [WEEK],
        """
        select date_trunc('week', day), sum(amount)
        from (
            select event_date, 0 from silver.money_entries
            union all
            select restated_date, amount from silver.money_entries where book = 'orders'
        ) as entries (day, amount)
        group by all
        """,
    ),
    "booked_revenue": (
        [MONTH, "revenue__currency"],
        "select date_trunc('month', event_date), coalesce(currency, 'XXX'), sum(amount) "
        "from silver.money_entries where book = 'orders' group by all",
    ),
    "restated_revenue": (
        [MONTH, "revenue__currency"],
        "select date_trunc('month', restated_date), coalesce(currency, 'XXX'), sum(amount) "
        "from silver.money_entries where book = 'orders' group by all",
    ),
}


@pytest.mark.shop
def test_a_metric_equals_sql(ask, shop):
    assert set(METRICS) == {metric.name for metric in manifest().metrics.values()}
    told = {
        name: sorted(ask(metric_names=[name], group_by_names=dimensions))
        for name, (dimensions, _) in METRICS.items()
    }
    wanted = {name: sorted(with_dates(shop.rows(sql))) for name, (_, sql) in METRICS.items()}
    assert told == wanted
    # what is asked by a dimension has several rows, so that it could be wrong
    assert [name for name, rows in wanted.items() if len(rows) < 1 + bool(METRICS[name][0])] == []


# By saved query: its rows, in their order.
SAVED_QUERIES = {
    "events_by_name_and_day": (
        "select event_date, event_name, count(*) from silver.events group by all order by all"
    ),
    "active_users_by_week": """
        select
            date_trunc('week', event_date),
            count(distinct user_key),
            count(distinct user_key) filter (where event_date = first_date)
        from (
            select event_date, user_key, min(event_date) over (partition by user_key) as first_date
            from silver.events
            where user_key is not null
        )
        group by all
        order by all
    """,
    # March 2 has a session that went on, and none that began
    "sessions_by_day": """
        select
            event_date,
            count(session_id),
            sum(epoch_us(ended_at - started_at)) / 1e6 / nullif(count(session_id), 0)
        from (select distinct event_date from silver.event_sessions) as dates
        left join silver.sessions on event_date = started_at::date
        group by all
        order by all
    """,
    "conversion_by_week": """
        select
            date_trunc('week', session_date),
            count(distinct session_id) filter (where event_name = 'page_viewed') as viewed,
            count(distinct session_id) filter (where event_name = 'payment_received') as paid,
            paid / nullif(viewed, 0)
        from silver.event_sessions
        inner join silver.events using (event_id)
        group by all
        order by all
    """,
    "revenue_by_month_and_currency": """
        select
            date_trunc('month', day),
            coalesce(currency, 'XXX'),
            sum(is_order::integer),
            sum(booked),
            sum(restated)
        from (
            select event_date, currency, event_name = 'order_placed', amount, 0
            from silver.money_entries
            where book = 'orders'
            union all
            select restated_date, currency, false, 0, amount
            from silver.money_entries
            where book = 'orders'
        ) as entries (day, currency, is_order, booked, restated)
        group by all
        order by all
    """,
}


@pytest.mark.shop
def test_a_saved_query_equals_sql(ask, shop):
    assert set(SAVED_QUERIES) == {query.name for query in manifest().saved_queries.values()}
    told = {name: ask(saved_query_name=name) for name in SAVED_QUERIES}
    assert told == {name: with_dates(shop.rows(sql)) for name, sql in SAVED_QUERIES.items()}
    assert all(len(rows) > 1 for rows in told.values())


@pytest.mark.shop
def test_currencies_are_not_added_up_unsaid(ask):
    """Over several currencies revenue is null, over one it is there without asking for it."""
    names = ["booked_revenue", "restated_revenue"]
    assert ask(metric_names=names) == [(None, None)]
    euros = "{{ Dimension('revenue__currency') }} = 'EUR'"
    assert ask(metric_names=names, where_constraints=[euros]) == [(Decimal("30.5"),) * 2]
    by_day = ask(metric_names=names, group_by_names=[DAY], order_by_names=[DAY])
    assert [tuple(row[1:]) for row in by_day] == [
        (None, None),  # euros and yen
        (Decimal("30.5"), Decimal("30.5")),
        (None, None),  # dollars, and an order without a currency
        (Decimal("-20"), Decimal("0")),
    ]


def test_the_command_answers(shop, semantic_manifest, ask, tmp_path):
    """`mf query`, on the warehouse that DURABLE_EVENTS_DB names, without a network."""
    for name in ("dbt_project.yml", "profiles.yml", "scripts"):
        (tmp_path / name).symlink_to(PROJECT / name)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / semantic_manifest.name).symlink_to(semantic_manifest)
    command = [Path(sys.executable).with_name("mf"), "query", "--quiet", "--csv", "told.csv"]
    offline = {"HTTPS_PROXY": "http://127.0.0.1:9", "TMPDIR": str(tmp_path)}
    offline |= {"DBT_TARGET_PATH": "target"}
    done = subprocess.run(
        [*command, "--saved-query", "active_users_by_week"],
        cwd=tmp_path,
        env=os.environ | offline | {"DURABLE_EVENTS_DB": str(shop.database)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with (tmp_path / "told.csv").open() as told:
        heading, *rows = csv.reader(told)
    assert heading == ["metric_time__week", "active_users", "new_users"]
    assert [(week[:10], int(active), int(new)) for week, active, new in rows] == [
        (str(week), *counts) for week, *counts in ask(saved_query_name="active_users_by_week")
    ]


def test_what_can_be_asked_for_is_described():
    """Each in the file of its semantic model's name."""
    parsed = manifest()
    for model in parsed.semantic_models.values():
        assert model.original_file_path.endswith(f"/semantic/{model.name}.yml")
    asked = [*parsed.semantic_models.values(), *parsed.metrics.values()]
    asked += parsed.saved_queries.values()
    lacks = [thing.name for thing in asked if not thing.description]
    lacks += [thing.name for thing in asked[len(parsed.semantic_models) :] if not thing.label]
    assert lacks == [], "give it a label and a description in its YAML"
