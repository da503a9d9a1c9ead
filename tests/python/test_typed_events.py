"""Typed event tables: one declaration each, every fault named, nothing lost; and how to add one."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from another_project import start_dbt
from oracle import TYPED
from warehouse import PROJECT, QUIET, Warehouse, call_command, manifest

from durable_events.commands import scaffold_event
from durable_events.errors import CannotTell


def event(event_id: str, name: str, time: str, properties=None, **more) -> dict:
    """An event as a client sends it."""
    sent = {"event_id": event_id, "event_name": name, "event_time": time, "user_id": "u"}
    return sent | ({} if properties is None else {"properties": properties}) | more


def paid(event_id: str, time: str, **changes) -> dict:
    """A payment; a property that is None is left out."""
    properties = {"payment_id": "p", "order_id": "o", "amount": "9.99", "currency": "EUR"} | changes
    properties = {key: value for key, value in properties.items() if value is not None}
    return event(event_id, "payment_received", time, properties)


def violations(warehouse: Warehouse) -> Counter:
    """What does not fit, as (event, table, item, column, misfit, value)."""
    rows = warehouse.rows(
        "select event_id, table_name, item_number, column_name, misfit, raw_value "
        "from silver.contract_violations"
    )
    return Counter(rows)


@pytest.mark.shop
@pytest.mark.only("@path:models/shop/silver/typed", "@contract_violations", "+daily_revenue")
def test_every_fault_is_named_and_no_event_is_lost(trial):
    day = "2026-03-01T10:00:00Z"
    page = {"page_type": "home", "scroll_percent": 5}
    line = {"sku": "a", "quantity": 1, "unit_price": "1.50"}
    order = {"order_id": "o", "amount": "3.00", "currency": "EUR", "is_guest": False}
    trial.land(
        "a.ndjson",
        [
            event("good", "page_viewed", day, page | {"sku": "s"}),
            event("text", "page_viewed", day, page | {"scroll_percent": "n/a"}),
            event("half", "page_viewed", day, page | {"scroll_percent": 12.5}),
            event("digits", "page_viewed", day, page | {"scroll_percent": "12"}),
            event("list", "page_viewed", day, page | {"scroll_percent": [5]}),
            event("big", "page_viewed", day, page | {"scroll_percent": 2**53 + 1}),
            event("nested", "page_viewed", day, page | {"page_type": {"a": 1}}),
            event("bracket", "page_viewed", day, page | {"page_type": "[1]"}),
            event("null", "page_viewed", day, page | {"page_type": None, "sku": None}),
            event("absent", "page_viewed", day, {}),
            event("no properties", "page_viewed", day),
            event("no object", "page_viewed", day, "oops {"),
            event("wrapped", "page_viewed", day, json.dumps(page)),
            paid("exact", day, amount="12345678901234.56"),
            paid("three places", day, amount="1.005"),
            paid("zeros", day, amount="1.500"),
            paid("number", day, amount=12),
            paid("no amount", day, amount=None, currency=None),
            event("lines", "order_placed", day, order | {"items": [line, line | {"quantity": ""}]}),
            event("odd lines", "order_placed", day, order | {"items": [7, None, {"sku": "b"}]}),
            event("no list", "order_placed", day, order | {"items": "two"}),
            event("no lines", "order_placed", day, order | {"is_guest": "no"}),
        ],
    )
    # it judges the data, so it warns; everything is built
    outcomes = trial.warehouse.build().result.results
    trial.note_seeds()
    trial.note_load()
    (found,) = [x for x in outcomes if x.node.name == "payloads_keep_their_contract"]
    assert found.status == "warn"
    assert {x.status for x in outcomes} == {"success", "pass", "warn"}
    trial.check(rebuild=True)

    wrong, missing = "wrong_type", "missing"
    absent = ["page_type", "scroll_percent"]
    odd = [("odd lines", "order_lines", n) for n in (1, 2)]
    assert violations(trial.warehouse) == Counter(
        [
            ("text", "page_viewed", None, "scroll_percent", wrong, "n/a"),
            ("half", "page_viewed", None, "scroll_percent", wrong, "12.5"),
            ("list", "page_viewed", None, "scroll_percent", wrong, "[5]"),
            ("big", "page_viewed", None, "scroll_percent", wrong, "9007199254740993"),
            ("nested", "page_viewed", None, "page_type", wrong, '{"a":1}'),
            ("null", "page_viewed", None, "page_type", missing, None),
            *[("absent", "page_viewed", None, column, missing, None) for column in absent],
            *[("no properties", "page_viewed", None, column, missing, None) for column in absent],
            *[("no object", "page_viewed", None, column, missing, None) for column in absent],
            ("no object", "page_viewed", None, "properties", wrong, "oops {"),
            ("three places", "payment_received", None, "amount", wrong, "1.005"),
            ("no amount", "payment_received", None, "amount", missing, None),
            ("no amount", "payment_received", None, "currency", missing, None),
            ("lines", "order_lines", 2, "quantity", wrong, ""),
            *[(*what, "item", wrong, raw) for what, raw in zip(odd, ("7", "null"), strict=True)],
            *[
                (*what, column, missing, None)
                for what in odd
                for column in ("sku", "quantity", "unit_price")
            ],
            ("odd lines", "order_lines", 3, "quantity", missing, None),
            ("odd lines", "order_lines", 3, "unit_price", missing, None),
            ("no list", "order_lines", None, "$.items", wrong, "two"),
            ("no lines", "order_lines", None, "$.items", missing, None),
            ("no lines", "order_placed", None, "is_guest", wrong, "no"),
        ]
    )
    amounts = dict(trial.warehouse.rows("select event_id, amount from silver.payment_received"))
    assert amounts == {
        "exact": Decimal("12345678901234.56"),
        "three places": None,
        "zeros": Decimal("1.50"),
        "number": Decimal("12.00"),
        "no amount": None,
    }
    assert trial.warehouse.rows(
        "select currency, payment_count, payment_without_amount_count, payment_amount "
        "from gold.daily_revenue order by currency"
    ) == [("EUR", 4, 0, Decimal("12345678901249.065")), ("XXX", 1, 1, 0)]


@pytest.mark.shop
@pytest.mark.only(
    "+checkout_completed_verdict", "+checkout_completed_latest", "+contract_violations"
)
def test_both_versions_are_fed_at_once(trial):
    """By schema_version, in time and late; who reads the plain name reads the latest."""
    properties = {"checkout_id": "c", "amount": "5.00", "currency": "EUR", "item_count": 1}
    second = properties | {"order_id": "o"}
    for load, day in enumerate(("2026-03-02", "2026-03-01")):
        sent = [
            event(f"click {load}", "checkout_completed", f"{day}T10:00:00Z", properties),
            event(
                f"paid {load}", "checkout_completed", f"{day}T10:01:00Z", second, schema_version=2
            ),
        ]
        trial.land(f"{load}.ndjson", sent)
        trial.run()
        trial.check(rebuild=load > 0)
    ids = {
        name: {row[0] for row in trial.warehouse.rows(f"select event_id from silver.{name}")}
        for name in ("checkout_completed_v1", "checkout_completed_v2", "checkout_completed")
    }
    assert ids["checkout_completed_v1"] == {"click 0", "click 1"}
    assert ids["checkout_completed_v2"] == ids["checkout_completed"] == {"paid 0", "paid 1"}
    assert not violations(trial.warehouse)


# Readers rely on it until its deprecation_date, so it stays as it is. If this test fails, leave
# version 1 alone: give it columns of its own in its YAML, and change version 2 or add a third.
FROZEN = {
    "event_id": ("varchar", None),
    "event_time": ("timestamp", None),
    "event_date": ("date", None),
    "user_key": ("varchar", None),
    "platform": ("varchar", None),
    "country_code": ("varchar", None),
    "checkout_id": ("varchar", "$.checkout_id"),
    "amount": ("decimal(18,2)", "$.amount"),
    "currency": ("varchar", "$.currency"),
    "item_count": ("integer", "$.item_count"),
    "load_id": ("bigint", None),
}


@pytest.mark.shop
def test_the_frozen_version_stays_as_it_is():
    versions = {
        node.version: node
        for node in manifest().nodes.values()
        if node.resource_type == "model" and node.name == "checkout_completed"
    }
    first = versions[1]
    columns = {
        name: (column.data_type, column.config.meta.get("path"))
        for name, column in first.columns.items()
    }
    assert list(columns.items()) == list(FROZEN.items())
    assert first.config.contract.enforced
    assert first.alias == "checkout_completed_v1"
    assert first.deprecation_date is not None
    assert first.latest_version == 2


@pytest.mark.shop
def test_a_typed_event_says_what_it_is():
    problems = []
    for node in manifest().nodes.values():
        if "macro.durable_events.typed_event" not in node.depends_on.macros:
            continue
        meta = node.config.meta
        lacks = {"owner", "grain", "kind", "status", "since"} - {k for k, v in meta.items() if v}
        problems += [f"{node.patch_path}: no {fact}" for fact in sorted(lacks)]
        if not node.raw_code.startswith(f"-- one row per {meta.get('grain')}\n"):
            problems.append(f"{node.original_file_path}: its first line tells another grain")
        if meta.get("kind") != "fact":
            problems.append(f"{node.patch_path}: kind is fact, as commands have no table")
        for column in node.columns.values():
            if "path" in column.config.meta and "example" not in column.config.meta:
                problems.append(f"{node.patch_path}: {column.name} has no example")
    assert not problems, "\n  ".join(["Say in the YAML of a typed event:", *problems])
    assert len(TYPED) >= 9


@pytest.mark.shop
@pytest.mark.only("+daily_revenue")
def test_a_late_payment_reopens_its_date_and_no_other(trial):
    days = [f"2026-03-0{day}T10:00:00Z" for day in (1, 2, 3)]
    trial.land("a.ndjson", [paid(day, day) for day in days])
    trial.run()
    trial.warehouse.execute("update gold.daily_revenue set payment_count = -1")
    trial.land("b.ndjson", [paid("late", "2026-03-02T11:00:00Z", currency="USD")])
    trial.run()
    assert trial.warehouse.rows(
        "select event_date, currency, payment_count, load_id from gold.daily_revenue order by all"
    ) == [
        (date(2026, 3, 1), "EUR", -1, 1),
        (date(2026, 3, 2), "EUR", 1, 2),
        (date(2026, 3, 2), "USD", 1, 2),
        (date(2026, 3, 3), "EUR", -1, 1),
    ]
    trial.run("--full-refresh", "--select", "daily_revenue")
    trial.check()


@pytest.mark.shop
@pytest.mark.only("+daily_funnel")
def test_the_funnel_counts_sessions_whatever_the_order_of_their_steps(trial):
    """A late event moves a session's steps to the day before, and a payment comes days late."""
    trial.land(
        "a.ndjson",
        [
            event("v", "page_viewed", "2026-03-02T00:05:00Z"),
            event("c", "checkout_completed", "2026-03-02T00:10:00Z", schema_version=2),
            event("g", "payment_received", "2026-03-02T00:10:00Z", user_id=None),
            event("w", "page_viewed", "2026-03-02T12:00:00Z", user_id="w"),
        ],
    )
    trial.run()
    trial.check()
    trial.land("b.ndjson", [event("a", "product_add_to_cart", "2026-03-01T23:50:00Z")])
    trial.run()
    trial.check()
    trial.land("c.ndjson", [paid("p", "2026-03-02T00:04:00Z")])
    trial.run()
    assert trial.warehouse.rows("from gold.daily_funnel order by session_date") == [
        (date(2026, 3, 1), 1, 1, 1, 1, 1, 1, 3),
        (date(2026, 3, 2), 1, 1, 0, 0, 0, 0, 3),
    ]
    trial.check(rebuild=True)


# ---- a new event type


def gift(load: int, number: int) -> dict:
    """An event of a type that the project does not know, with properties of all kinds."""
    properties = {
        "paper": "red",
        "giftPrice": f"{number}.50",
        "count": number if number else "many",
        "wish": f"id {number}",
        "order": number,
        'it"s; {{ env_var("HOME") }} [bold]': 1,
        "$.a.b": 1,
        "note": '{{ env_var("HOME") }}"' if number else None,
        "e-mail": f"u{number}@example.com",
        "e mail": "taken",
    }
    day = f"2026-03-0{load}T10:00:00Z"
    return event(f"{load} {number}", "gift_wrapped", day, properties, user_id=f"u{number}")


@pytest.mark.shop
def test_a_new_event_type_is_there_on_the_next_build(tmp_path, monkeypatch):
    """One command from a warehouse: the table with all history, its tests, docs and violations."""
    copy = tmp_path / "durable events"
    left_out = (".git", ".venv", "target", "logs", "landing", "*.duckdb*", "__pycache__")
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*left_out))
    warehouse = Warehouse(tmp_path, only=("+events",))
    warehouse.land("1.ndjson", [gift(1, number) for number in range(30)])
    warehouse.run()
    # what dbt knows of the project holds for its copy
    (copy / "target").mkdir()
    shutil.copy(Path(os.environ["DBT_TARGET_PATH"], "manifest.json"), copy / "target")
    monkeypatch.chdir(copy)
    monkeypatch.setenv("DBT_TARGET_PATH", "target")

    def dbt(*command: str) -> dict:
        """Run dbt on the copy; gives the result of each node by name."""
        quiet = (option for option in QUIET if "json" not in option)
        done = start_dbt(copy, dict(os.environ), *command, *quiet)
        assert done.success, done.exception or [x.message for x in done.result]
        return {result.node.name: result for result in done.result}

    told = call_command(
        *("scaffold", "event", "gift_wrapped", "--from-warehouse"),
        DURABLE_EVENTS_DB=str(warehouse.database),
        COLUMNS="120",
    )
    assert told.returncode == 0, told.stderr
    shown = told.stdout
    assert "30 events so far" in shown
    assert re.search(r"count +│ count +│ integer +│ +100.0 │ +96.7", shown)
    folder = copy / "models/shop/silver/typed"
    assert (folder / "gift_wrapped.sql").read_text() == (
        "-- one row per gift_wrapped event\n{{ typed_event() }}\n"
    )
    text = (folder / "gift_wrapped.yml").read_text()
    assert "env_var" not in text
    assert "example.com" not in text
    columns = {
        column["name"]: (column["data_type"], column["config"]["meta"])
        for column in yaml.safe_load(text)["models"][0]["columns"]
        if "config" in column
    }
    required = {"required": True}
    assert columns == {
        "paper": ("varchar", {"path": "$.paper", "example": "red"} | required),
        "gift_price": ("decimal(18,2)", {"path": "$.giftPrice"} | required),
        "count": ("integer", {"path": "$.count"} | required),
        "wish": ("varchar", {"path": "$.wish"} | required),
        "property_order": ("integer", {"path": "$.order"} | required),
        "e_mail": ("varchar", {"path": '$."e mail"', "example": "taken"} | required),
        "note": ("varchar", {"path": "$.note"}),
    }
    subprocess.run(
        [sys.executable, "-m", "yamllint", "--strict", str(folder / "gift_wrapped.yml")], check=True
    )

    warehouse.land("2.ndjson", [gift(2, number) for number in range(30)])
    nodes = ("+gift_wrapped", "+event_quality_daily", "payloads_keep_their_contract")
    build = ("build", "--exclude-resource-type", "unit_test", "--select", *nodes)
    build += ("--indirect-selection", "cautious")
    told = dbt(*build)
    assert told["equals_rebuild_gift_wrapped_ref_events_"].status == "pass"
    violated = told["payloads_keep_their_contract"]
    assert (violated.status, violated.failures) == ("warn", 1)
    totals = (
        "select count(*), sum(gift_price), max(property_order), count(count), max(e_mail) "
        "from silver.gift_wrapped"
    )
    assert warehouse.rows(totals) == [(60, Decimal("900.00"), 29, 58, "taken")]
    assert violations(warehouse) == Counter(
        (f"{load} 0", "gift_wrapped", None, "count", "wrong_type", "many") for load in (1, 2)
    )
    documented = json.loads((copy / "target/manifest.json").read_text())["nodes"]
    assert "gift_wrapped event" in documented["model.durable_events.gift_wrapped"]["description"]

    # declared otherwise: the next run reads all of them again
    declared = folder / "gift_wrapped.yml"
    declared.write_text(declared.read_text().replace("$.order", "$.count"))
    dbt("run", "--select", "+gift_wrapped", "+event_quality_daily")
    assert warehouse.rows(
        "select count(*), count(count), count(property_order) from silver.gift_wrapped"
    ) == [(60, 58, 58)]
    both = [("count", 2), ("property_order", 2)]
    misfits = "select column_name, count(*) from silver.contract_violations group by 1 order by 1"
    assert warehouse.rows(misfits) == both
    assert warehouse.rows("select sum(contract_violation_count) from gold.event_quality_daily") == [
        (4,)
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param("page_viewed", "is left as it is", marks=pytest.mark.shop),
        ("events", "is left as it is"),
        pytest.param("checkout_completed", "is left as it is", marks=pytest.mark.shop),
        ("daily_sessions", "is left as it is"),
        ("../secrets", "is no name"),
        ("GiftWrapped", "is no name"),
        ("x; drop table y", "is no name"),
        ("", "is no name"),
    ],
)
def test_the_scaffold_overwrites_nothing_and_takes_no_odd_name(name, why, tmp_path):
    with pytest.raises(CannotTell, match=why):
        scaffold_event.main(name, into=tmp_path / "into")
    assert not list(tmp_path.rglob("*"))


def test_a_scaffold_without_a_warehouse_is_a_declaration_to_fill_in(tmp_path):
    scaffold_event.main("gift_wrapped", into=tmp_path)
    (model,) = yaml.safe_load((tmp_path / "gift_wrapped.yml").read_text())["models"]
    assert model["config"]["meta"]["schema_versions"] == [1]
    assert [column["name"] for column in model["columns"]][-1] == "load_id"
    with pytest.raises(CannotTell, match="no warehouse"):
        nowhere = tmp_path / "nowhere.duckdb"
        scaffold_event.main("gift_sent", from_warehouse=True, warehouse=nowhere, into=tmp_path)
    with pytest.raises(CannotTell, match="is left as it is"):
        scaffold_event.main("gift_wrapped", into=tmp_path)


EXACTLY = {
    "smallint": {"-32768": -32768, "32768": None, "1e3": None, "12.0": 12, " 1": None, "": None},
    "hugeint": {str(2**127 - 1): 2**127 - 1, "9" * 40: None},
    "decimal(4,0)": {"9999": Decimal(9999), "10000": None, "1.0": Decimal(1), "1.5": None},
    "double": {"1e999": None, "-1.5e-3": -0.0015, "NaN": None, "infinity": None, "1": 1.0},
    "boolean": {"true": True, "false": False, "True": None, "1": None},
    "date": {"2024-02-29": date(2024, 2, 29), "2023-02-29": None, "0000-01-01": None},
    "timestamp": {"2024-02-29T01:00+01:00": datetime.fromisoformat("2024-02-29"), "soon": None},
}


def test_each_type_is_read_exactly(warehouse):
    wanted = " ;; ".join(f"{{{{ typed_value('text', '{data_type}') }}}}" for data_type in EXACTLY)
    (compiled,) = warehouse.dbt("compile", "--inline", wanted).result.results
    sql = compiled.node.compiled_code.split(" ;; ")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for (data_type, expected), value in zip(EXACTLY.items(), sql, strict=True):
            query = f"select {value} from (select ? as text)"
            found = {text: connection.execute(query, [text]).fetchone()[0] for text in expected}
            assert found == expected, data_type
