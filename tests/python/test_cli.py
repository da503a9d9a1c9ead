"""`durable-events` works on whichever dbt project it is called for, and ends as it says."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from another_project import Another, call, dbt_of_commands
from dbt_common.exceptions import DbtRuntimeError
from typer.testing import CliRunner
from warehouse import PROJECT, clean_environment, manifest

from durable_events.cli import app, bench, scaffold
from durable_events.commands.compare import chosen
from durable_events.errors import CannotTell
from durable_events.landing_reader import Plugin
from durable_events.project import Project, Table
from durable_events.warehouse import why_unreadable

COMMANDS = [(command.name,) for command in app.registered_commands]
COMMANDS += [("bench", command.name) for command in bench.registered_commands]
COMMANDS += [("scaffold", command.name) for command in scaffold.registered_commands]
DAYS = 8
ACME = {
    "dbt_project.yml": """
name: acme
profile: acme
flags:
  send_anonymous_usage_stats: false
  require_batched_execution_for_custom_microbatch_strategy: true
dispatch:
  - {macro_namespace: dbt, search_order: [acme, durable_events, dbt]}
models:
  durable_events:
    gold: {+schema: marts}
    shop: {+enabled: false}
seeds:
  durable_events: {+enabled: false}
vars:
  durable_events:
    shop: {+enabled: false}
semantic-models: &on {durable_events: {semantic: {+enabled: true}}}
metrics: *on
saved-queries: *on
exposures: {durable_events: {site: {+enabled: true}}}
""",
    # without a question of which file: nothing but this one is ever written
    "profiles.yml": """
acme:
  target: here
  outputs:
    here:
      type: duckdb
      schema: acme
      path: "{{ env_var('DURABLE_EVENTS_DB', 'acme.duckdb') }}"
      settings: {TimeZone: UTC}
      plugins:
        - {module: durable_events.landing_reader, config: {folder: landing}}
""",
    "seeds/known_events.csv": "event_name,owner,grain,kind,status,since,replaced_by,"
    "schema_versions\nopened,me,opened door,fact,active,2026-01-01,,1\n",
    "seeds/event_aliases.csv": "alias,event_name,renamed_on\nopen_door,opened,2026-01-01\n",
    "landing/a.ndjson": "".join(
        json.dumps({"event_id": n, "event_name": "opened", "event_time": f"2026-01-0{n}"}
            | {"user_id": f"u{n}", "properties": {"door": f"d{n}"}}) + "\n"
        for n in range(1, DAYS + 1)
    ),
}  # fmt: skip
DOORS = {
    "models/doors.sql": "-- one row per door\n"
    "select distinct properties ->> 'door' as door from {{ ref('events') }}\n",
    "models/doors.yml": "models: [{name: doors, description: One row per door., "
    "config: {meta: {question: Which doors are there?}}}]\n",
}


@pytest.fixture(scope="module")
def acme(tmp_path_factory) -> Another:
    """A project of somebody else's, built: another name, other schemas, no shop, this package."""
    project = Another(tmp_path_factory.mktemp("of acme") / "acme", ACME | DOORS)
    built = project.dbt("build", "--exclude-resource-type", "unit_test", "test")
    assert built.success, project.said
    return project


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """A folder that is in no project."""
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command):
    done = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "100"})
    assert done.exit_code == 0
    assert re.search(rf"Example: durable-events {' '.join(command)}\b", done.output)


def test_help_says_how_commands_end_and_imports_nothing_heavy():
    done = CliRunner().invoke(app, ["--help"])
    assert all(f"with {code} if" in done.output for code in (0, 1)) and "with 2" in done.output
    assert "..." not in done.output.partition("Commands:")[2]  # what each does, in full
    heavy = ("great_expectations", "altair", "dbt", "pyarrow", "jinja2", "sqlalchemy", "requests")
    code = f"import sys, durable_events.cli; print({{*sys.modules}} & {{*{heavy}}})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


@pytest.mark.parametrize(
    "command",
    [
        *(["status"], ["validate"], ["site"], ["compare"], ["parity"], ["reconcile"], ["schedule"]),
        *(["replay", "1", "as_of_1.duckdb"], ["scaffold", "event", "opened"]),
    ],
    ids=" ".join,
)
def test_without_a_project_it_can_not_tell(command, elsewhere, monkeypatch):
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("DBT_PROJECT_DIR", raising=False)
    with pytest.raises(CannotTell, match=r"There is no dbt project in .* --project-dir"):
        CliRunner().invoke(app, command, catch_exceptions=False)
    assert not [*elsewhere.iterdir()]


def test_what_can_not_be_told_is_on_stderr_and_ends_with_2(elsewhere):
    done = subprocess.run(
        [sys.executable, "-m", "durable_events", "site"],
        cwd=elsewhere,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("There is no dbt project in ")
    assert "Traceback" not in done.stderr
    code, told, _ = call(elsewhere, "status", "--json")
    assert (code, json.loads(told)["state"]) == (2, "unknown")
    assert call(elsewhere, "status", "--nothing")[0] == 2
    code, _, why = call(elsewhere, "serve", "--site", "nowhere")
    assert (code, why) == (
        2,
        "There is no site in nowhere: write it first, `durable-events site`.\n",
    )


def test_a_warehouse_or_its_folder_that_is_not_there(acme, elsewhere):
    for name, why in {
        "none.duckdb": "There is no warehouse none.duckdb: build it first, `dbt build`.",
        "no/none.duckdb": "There is no folder no for the warehouse none.duckdb: make it",
    }.items():
        found = call(elsewhere, "status", "--project-dir", acme.folder, "--warehouse", name)
        assert found[:2] == (2, "")
        assert found[2].startswith(why)
    with pytest.raises(DbtRuntimeError, match=r"There is no folder .*/no for the warehouse none"):
        credentials = SimpleNamespace(path=str(elsewhere / "no" / "none.duckdb"))
        Plugin.update_connection_config(None, credentials, {})


def test_status_of_another_project(acme, elsewhere):
    code, told, why = call(elsewhere, "status", "--json", "--project-dir", acme.folder)
    assert (code, why) == (0, "")
    found = json.loads(told)
    assert [load["verdicts"] for load in found["loads"] if load["load_kind"] == "landing"] == [
        {"accepted": DAYS}
    ]
    daily = {table["table"]: table for table in found["daily_tables"]}
    assert daily["acme_marts.daily_users"]["row_count"] == DAYS
    assert not [name for name in daily if "revenue" in name or "funnel" in name]
    # in the folder itself, nothing need be said
    code, told, _ = call(acme.folder, "status")
    assert (code, told.splitlines()[0].split(":")[0]) == (0, "acme.duckdb")


@pytest.mark.shop
def test_validation_of_another_project(acme, elsewhere):
    code, told, _ = call(elsewhere, "validate", "--all", "--json", "--project-dir", acme.folder)
    assert code == 0
    found = json.loads(told)
    # what the package has besides, and this project does without, is no news
    assert found["off"] == []
    tables = {result["table_name"] for result in found["results"] if result["success"]}
    assert tables >= {"acme_bronze.raw_events", "acme_silver.events", "acme_marts.daily_users"}
    assert (acme.folder / "target" / "validation" / "index.html").is_file()
    for name, why in {
        "daily_revenue": "Off in this project, so there is nothing to check: acme_gold.daily_re",
        "calendar": "Nothing is expected of acme_marts.calendar: say what",
        "nothing": "The project has no table nothing.",
    }.items():
        code, _, told = call(elsewhere, "validate", name, "--project-dir", acme.folder)
        assert (code, told[: len(why)]) == (2, why)


def test_parity_of_another_project(acme, elsewhere):
    """With a row that is not what bronze says."""
    change = "update acme_marts.daily_users set active_user_count = active_user_count + ? "
    change += "where event_date = '2026-01-03'"
    acme.execute(change, 1)
    try:
        code, told, why = call(elsewhere, "parity", "--json", "--project-dir", acme.folder)
    finally:
        acme.execute(change, -1)
    assert code == 1, why
    tables = {row["table"]: row for row in json.loads(told)}
    assert tables["acme_silver.events"]["identical"] == DAYS
    assert "acme_bronze.raw_events" not in tables
    differing = {name: row["differing"] for name, row in tables.items() if row["first"]}
    assert differing == {"acme_marts.daily_users": 1}


def test_the_site_of_another_project_asks_nothing_about_a_shop(acme, elsewhere):
    code, _, why = call(elsewhere, "site", "--site", "pages", "--project-dir", acme.folder)
    assert code == 0, why
    pages = {page.name: page.read_text() for page in (elsewhere / "pages").glob("*.html")}
    assert not [name for name in pages if "comparison" in name]
    assert "acme_<wbr>marts.<wbr>daily_<wbr>users" in pages["index.html"]
    assert "Which doors are there?" in pages["index.html"]
    # the first two hold what is off, too; the guide tells of the example
    own = {n: page for n, page in pages.items() if not re.match("docs|column_lineage|guide", n)}
    assert own.keys() >= {f"{name}.html" for name in ("index", "quality", "events", "lateness")}
    shop = "checkout|funnel|revenue|wallet|basket|ordered|paid"
    assert not re.findall(shop, "".join(own.values()), re.IGNORECASE)


def test_a_load_that_never_was_is_not_replayed(acme, elsewhere):
    code, _, why = call(elsewhere, "replay", 99, "then.duckdb", "--project-dir", acme.folder)
    assert code == 2
    assert "There was no load 99 in " in why and re.search(r"Its loads: 1 to \d", why)
    assert not [*elsewhere.iterdir()]


def test_an_event_type_of_another_project(acme, elsewhere):
    into = ["--into", elsewhere, "--project-dir", acme.folder]
    code, _, why = call(elsewhere, "scaffold", "event", "opened", "--from-warehouse", *into)
    assert code == 0, why
    assert "{{ durable_events.typed_event() }}" in (elsewhere / "opened.sql").read_text()
    declared = (elsewhere / "opened.yml").read_text()
    assert "name: door" in declared and "- durable_events.equals_rebuild" in declared
    code, _, why = call(elsewhere, "scaffold", "event", "opened", *into)
    assert (code, why) == (2, f"{elsewhere}/opened.sql exists, and is left as it is.\n")


def test_nothing_waits_in_another_project(acme):
    assert call(acme.folder, "reconcile") == (0, "No event waits in acme_silver.late_events.\n", "")


@pytest.mark.shop
def test_a_comparison_is_chosen_where_there_is_one(acme):
    manifest()
    ours = Project(PROJECT)
    assert chosen(ours, None) == chosen(ours, "checkout_completed") == "checkout_completed"
    with pytest.raises(CannotTell, match=r"no versions of nothing\. There are: checkout_completed"):
        chosen(ours, "nothing")
    ours.tables |= {
        f"other_{part}": Table("gold", f"other_{part}")
        for part in ("comparison", "differences", "verdict")
    }
    with pytest.raises(CannotTell, match=r"of which event\? There are: checkout_completed, other"):
        chosen(ours, None)
    assert chosen(ours, "other") == "other"
    # that they share a target folder does not make one the other: dbt is asked anew, each time
    with dbt_of_commands():
        with pytest.raises(CannotTell, match="No versions are compared"):
            chosen(Project(acme.folder), None)
        assert (
            json.loads((ours.target / "manifest.json").read_text())["metadata"]["project_name"]
            == "acme"
        )
        assert chosen(Project(PROJECT), None) == "checkout_completed"


def test_a_profile_that_names_its_file_is_not_written_to(acme, tmp_path):
    """A rebuild works on a copy, and dbt would go for the warehouse itself."""
    fixed = tmp_path / "fixed"
    fixed.mkdir()
    (fixed / "dbt_project.yml").write_text(ACME["dbt_project.yml"])
    text = re.sub(r'path: ".*"', "path: mine.duckdb", ACME["profiles.yml"])
    (fixed / "profiles.yml").write_text(text)
    project = Project(fixed)
    assert project.warehouse() == fixed / "mine.duckdb"
    assert project.environment(fixed / "mine.duckdb")["DURABLE_EVENTS_DB"]
    with pytest.raises(CannotTell, match="does not ask which warehouse to use"):
        project.environment(tmp_path / "copy.duckdb")


def test_more_failures_than_are_shown_are_counted(acme):
    """By the package's `on-run-end`, which dbt runs for the project, too."""
    acme.execute("insert into acme_marts.daily_users from acme_marts.daily_users")
    try:
        assert not acme.dbt("test", "--select", "daily_users").success
        told = "\n".join(acme.printed)
    finally:
        acme.execute("create table kept as select distinct * from acme_marts.daily_users")
        acme.execute("delete from acme_marts.daily_users")
        acme.execute("insert into acme_marts.daily_users from kept; drop table kept")
    shown = re.findall(r"fail in daily_users: event_date: \S+, row_count: 2$", told, re.MULTILINE)
    assert len(shown) == 5
    more = f"fail in daily_users: {DAYS - 5} more. All of them: dbt show --limit -1 --select unique"
    assert more in told


def test_the_reader_of_the_landing_folder_needs_no_package(elsewhere):
    """Its module is loaded by dbt-duckdb from the folder alone, too."""
    code = "import landing_reader, sys; print('durable_events' in sys.modules)"
    environment = clean_environment() | {"PYTHONPATH": str(PROJECT / "scripts")}
    told = subprocess.check_output(
        [sys.executable, "-c", code], cwd=elsewhere, env=environment, text=True
    )
    assert told == "False\n"


def test_who_has_a_warehouse_open_is_told():
    told = "IO Error: Could not set lock: Conflicting lock is held in /bin/python (PID 12). See x"
    assert "process 12 (/bin/python) has it open" in why_unreadable(Path("w"), duckdb.Error(told))
