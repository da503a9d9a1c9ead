"""What `durable-events scaffold` writes builds at once, in whichever project, and stays exact."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from another_project import Another, call
from test_cli import ACME
from warehouse import PROJECT, call_command, manifest

from durable_events.errors import CannotTell
from durable_events.project import PACKAGE, Project, Table
from durable_events.scaffolding.files import Folders, folders, write

SUBSCRIPTION = (
    *("history", "subscription", "--event", "plan_chosen", "--event", "seats_bought"),
    *("--key", "subscription_id", "--attribute", "plan", "--attribute", "seats"),
    *("--deleted-by", "subscription_ended", "--sparse"),
)
ORDERS = ("versions", "order_paid", "--key", "order_id", "--metric", "amount")
LOGINS = ("daily-table", "daily_logins", "--event", "logged_in")
PAID = ("daily-table", "daily_paid", "--event", "order_paid")


def sent(number: int, name: str, day: int, version: int = 1, **properties) -> str:
    """A line with an event."""
    event = {"event_id": f"{number}", "event_name": name, "user_id": f"u{number % 3}"}
    event |= {"event_time": f"2026-03-{day:02}T10:00:00Z", "schema_version": version}
    return json.dumps(event | {"properties": properties}) + "\n"


def plan(number: int, day: int, name: str = "plan_chosen", **properties) -> str:
    """A change of the only subscription."""
    return sent(number, name, day, subscription_id="s", **properties)


def built(project: Another) -> None:
    """Build what was written, with its data tests; each table is what its inputs make by then."""
    names = ("subscription_history", "daily_logins", "daily_paid", "order_paid_verdict")
    names += ("order_paid_differences", "order_paid_latest")
    build = ("build", "--indirect-selection", "cautious", "--exclude-resource-type", "unit_test")
    done = project.dbt(*build, "--select", *(f"+{name}" for name in names))
    assert done.success, project.said
    assert "PASS durable_events_equals_rebuild_subscription_history" in project.said


STRATEGY = """{% macro get_incremental_by_load_sql(arg_dict) %}
{{ return(durable_events.get_incremental_by_load_sql(arg_dict)) }}
{% endmacro %}
"""
HISTORY = (
    "select event_id, plan, seats, is_deleted from acme.acme.subscription_history order by all"
)
LOGINS_BY_DAY = (
    "select day(event_date), event_count, user_count from acme.acme.daily_logins "
    "order by event_date"
)


def test_a_history_two_versions_and_daily_tables_in_another_project(tmp_path):
    """With events that come late, and some that get another name, and lose it."""
    folder = tmp_path / "of acme"
    acme = Another(folder, {name: ACME[name] for name in ACME if not name.startswith("landing")})
    (folder / "landing").mkdir()
    for what in (("event", "logged_in"), SUBSCRIPTION, ORDERS, LOGINS, PAID):
        code, told, why = call(folder, "scaffold", *what)
        assert (code, why) == (0, ""), why
        assert told.startswith("Wrote models/")
    assert {
        path.parent.relative_to(folder).as_posix() for path in folder.glob("models/**/*.sql")
    } == {*("models/silver/typed", "models/silver", "models/gold")}
    lint = [sys.executable, "-m", "yamllint", "--strict", "-c", PROJECT / ".yamllint", "models"]
    subprocess.run(lint, cwd=folder, check=True)

    both = [
        sent(10 * n + v, "order_paid", n, v, order_id=f"o{n}", amount=f"{n}.50")
        for n in range(1, 6)
        for v in (1, 2)
    ]
    begin = [plan(101, 1, plan="free"), plan(103, 3, "seats_bought", seats=3)]
    logins = [sent(200 + n, "logged_in", n % 2 + 1) for n in range(4)]
    first = [*both, *begin, *logins, sent(300, "signed_in", 4)]
    (folder / "landing/1.ndjson").write_text("".join(first))
    assert not acme.dbt("build", "--select", "+logged_in").success
    assert "no strategy by_load (for " in acme.said
    assert "raw_events" not in acme.said  # before anything is built
    (folder / "macros").mkdir()
    (folder / "macros/get_incremental_by_load_sql.sql").write_text(STRATEGY)
    built(acme)
    assert acme.rows(HISTORY) == [("101", "free", None, False), ("103", "free", "3", False)]
    assert acme.rows(LOGINS_BY_DAY) == [(1, 2, 2), (2, 2, 2)]
    verdict = "select is_passed from acme.acme.order_paid_verdict where check_number = 0"
    assert acme.rows(verdict) == [(False,)]  # u1 and u2 paid alike, so to speak

    late = [plan(102, 2, plan=None), plan(104, 4, "subscription_ended"), plan(105, 5, plan="plus")]
    late += [plan(99, 1, "seats_changed", seats=9), sent(301, "logged_in", 1)]
    (folder / "landing/2.ndjson").write_text("".join(late))
    aliases = folder / "seeds/event_aliases.csv"
    before = aliases.read_text()
    aliases.write_text(
        before + "seats_bought,seats_taken,2026-03-09\nsigned_in,logged_in,2026-03-09\n"
    )
    built(acme)
    assert acme.rows(HISTORY) == [
        ("101", "free", None, False),
        ("102", None, None, False),
        ("104", None, None, True),
        ("105", "plus", None, False),
    ]
    assert acme.rows(LOGINS_BY_DAY) == [(1, 3, 2), (2, 2, 2), (4, 1, 1)]
    aliases.write_text(before)
    built(acme)
    assert acme.rows(HISTORY)[2] == ("103", None, "3", False)
    # the date has lost its only event, and says so
    assert acme.rows(LOGINS_BY_DAY) == [(1, 3, 2), (2, 2, 2), (4, 0, 0)]
    assert acme.rows("select event_count from acme.acme.daily_paid") == [(2,)] * 5
    sums = "select old_amount_sum, new_amount_sum, key_count from acme.acme.order_paid_comparison"
    assert acme.rows(f"{sums} order by event_date")[4] == (Decimal("5.50"), Decimal("5.50"), 1)

    # of the version that comes after, the comparison alone, and only once
    code, _, why = call(folder, "scaffold", *ORDERS)
    assert code == 2
    assert "order_paid_date_ledger.sql exists, and is left as it is" in why
    code, _, why = call(folder, "scaffold", *ORDERS[:2], "--key", "logged_at")
    assert (code, why) == (2, "Not both versions of order_paid have a column logged_at.\n")
    code, _, why = call(folder, "scaffold", "versions", "logged_in", "--key", "order_id")
    assert code == 2
    assert "Rename its SQL file to logged_in_v1.sql" in why


@pytest.mark.shop
def test_where_new_models_go(tmp_path):
    """Beside the others of their kind; where all typed events are in one folder, all into that."""
    shop = PROJECT.relative_to(Path.cwd()) if PROJECT.is_relative_to(Path.cwd()) else PROJECT
    manifest()
    ours = folders(Project(PROJECT))
    assert (ours.typed, ours.silver, ours.gold) == (
        shop / "models/shop/silver/typed",
        shop / "models/shop/silver",
        shop / "models/shop/gold",
    )
    assert {*vars(folders(Project(PROJECT), tmp_path)).values()} == {tmp_path}
    theirs = Project(PROJECT)
    theirs.settings = {"name": "acme"}
    for typed, silver, gold in (
        *(("silver/typed", "silver", "gold"), ("silver", "silver", "gold")),
        *(("x/silver/events", "x/silver", "x/gold"), ("events", "events", "events")),
    ):
        node = {"original_file_path": f"models/{typed}/a.sql", "package_name": "acme"}
        theirs.tables = {"a": Table("own", "a", node | {"raw_code": "{{ typed_event() }}"})}
        assert folders(theirs) == Folders(*(shop / "models" / at for at in (typed, silver, gold)))


@pytest.mark.shop
def test_a_name_that_begins_like_another_is_free(tmp_path):
    """page_viewed is no version of page, nor of page_v; a version's name is taken."""
    manifest()
    project = Project(PROJECT)
    write(project, {tmp_path / "page_v.sql": "a", tmp_path / "page.sql": "b"})
    assert (tmp_path / "page_v.sql").read_text() == "a"
    for taken in ("checkout_completed_v2", "checkout_completed", "page_viewed"):
        with pytest.raises(CannotTell, match=f"There is a model {taken} in .*is left as it is"):
            write(project, {tmp_path / "free.sql": "c", tmp_path / f"{taken}.sql": "d"})
    with pytest.raises(CannotTell, match=r"page_v\.sql exists, and is left as it is"):
        write(project, {tmp_path / "page_v.sql": "e"})
    assert {path.name for path in tmp_path.iterdir()} == {"page_v.sql", "page.sql"}


@pytest.mark.shop
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("history", "x", "--event", "y"), "Nothing says which properties make a state"),
        (("history", "x", "--event", "y; drop", "--attribute", "a"), "is no name for a event"),
        (("history", "x", "--event", "y", "--attribute", "valid_to"), "valid_to is a name that"),
        (("versions", "page_viewed", "--key", "sku"), "page_viewed has a table, of one version"),
        (("versions", "checkout_completed", "--key", "currency"), "exists, and is left as it is"),
        (("versions", "checkout_completed", "--key", "order_id"), "Not both versions of checkout"),
        (("daily-table", "../x", "--event", "y"), "is no name for a model"),
    ],
)
def test_what_can_not_be_written_is_told(arguments, why):
    done = call_command("scaffold", *arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert why in done.stderr.replace("There is a model", "exists,")
    assert Project(PROJECT).name == PACKAGE
