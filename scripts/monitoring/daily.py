"""The daily tables that keep up by a ledger, as dbt knows them: a user's own are among them."""

from dataclasses import dataclass

from durable_events.project import PACKAGE, Table, quoted


@dataclass(frozen=True)
class DailyTable:
    """A daily table, its ledger, and a query for its stale dates."""

    table: Table
    quoted_date: str
    ledger: Table
    stale_dates: str


def daily_tables(manifest: dict) -> list[DailyTable]:
    """The models of a manifest that have a ledger.

    What is stale is said once, in the macro `stale_dates`. It hangs on its arguments alone, so it
    is rendered here without dbt, which needs three seconds to start.
    """
    from jinja2 import Environment  # noqa: PLC0415

    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    by_name = {node["name"]: node for node in models}
    macro = manifest["macros"][f"macro.{PACKAGE}.stale_dates"]["macro_sql"]
    stale_dates = Environment().from_string(macro).module.stale_dates
    found = []
    for node in models:
        meta = node["config"].get("meta") or {}
        if not meta.get("ledger"):
            continue
        ledger, table = (Table(n["schema"], n["alias"], n) for n in (by_name[meta["ledger"]], node))
        date = quoted(node["config"]["event_time"])
        query = stale_dates(ledger.sql, table.sql, date, meta.get("event_name"))
        found.append(DailyTable(table, date, ledger, str(query)))
    return sorted(found, key=lambda daily: str(daily.table))
