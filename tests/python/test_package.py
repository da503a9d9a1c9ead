"""This project as a package of another: what comes with it, and what a project that lacks something
is told by its first run."""

import json
import re
import shutil

import duckdb
import pytest
from another_project import Another
from dbt.cli.main import dbtRunnerResult
from warehouse import PROJECT

from durable_events.commands.new import TEMPLATE

DISPATCH = """
dispatch:
  - macro_namespace: dbt
    search_order: [acme, durable_events, dbt]
"""
EXAMPLE_OFF = """
seeds:
  durable_events: {+enabled: false}
"""
# Schemas of its own, the package's tests and unit tests among its own, and an envelope of which
# the package's unit tests know nothing.
ACME = f"""
name: acme
version: 0.1.0
profile: acme
flags:
  send_anonymous_usage_stats: false
  indirect_selection: buildable
  require_ref_searches_node_package_before_root: true
{DISPATCH}
models:
  durable_events:
    {"shop: {+enabled: false}" if (PROJECT / "models" / "shop").is_dir() else ""}
    silver: {{+schema: refined}}
  acme:
    +schema: own
{EXAMPLE_OFF}
vars:
  envelope: {{event_name: [eventType]}}
"""
PLUGIN = """
      plugins:
        - module: durable_events.landing_reader
          config: {folder: landing}
"""
PROFILE = f"""
acme:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: "{{{{ env_var('DURABLE_EVENTS_DB', 'acme.duckdb') }}}}"
      settings: {{TimeZone: UTC}}
{PLUGIN}
"""
TYPED_YAML = """
models:
  - name: note_saved
    config:
      meta: {owner: me, grain: note, kind: fact, status: active, since: "2026-03-01"}
    columns:
      - {name: event_id, data_type: varchar}
      - {name: event_time, data_type: timestamp}
      - {name: event_date, data_type: date, description: "{{ doc('event_date') }}"}
      - {name: user_key, data_type: varchar}
      - name: words
        data_type: integer
        config: {meta: {path: $.words, required: true}}
      - {name: load_id, data_type: bigint}
    data_tests:
      - durable_events.equals_rebuild:
          arguments: {inputs: [ref('events')]}
"""
DAILY = """-- one row per event date
{{ config(
    materialized='incremental', incremental_strategy='microbatch', event_time='event_date',
    batch_size='day', lookback=1, concurrent_batches=false, begin=durable_events.first_batch(),
    meta={'ledger': 'event_date_ledger', 'event_name': 'note_saved'},
) }}
-- depends_on: {{ ref('event_date_ledger') }}
select event_date, count(*) as note_count, max(load_id) as load_id
from {{ ref('note_saved').render() }}
where {{ durable_events.event_window('event_date') }}
group by event_date
"""


def note(number: int, time: str, name: str = "note_saved") -> str:
    """A line of the landing folder; its time has no offset, so it is UTC."""
    sent = {"eventType": name, "id": f"n{number}", "time": time, "user_id": f"u{number % 5}"}
    return json.dumps(sent | {"properties": {"words": number}}) + "\n"


NOTES = {
    "models/silver/note_saved.sql": "-- one row per note\n{{ durable_events.typed_event() }}\n",
    "models/silver/note_saved.yml": TYPED_YAML,
    "models/gold/daily_notes.sql": DAILY,
    "seeds/known_events.csv": (PROJECT / "seeds/known_events.csv").read_text().split("\n")[0],
    "seeds/event_aliases.csv": "alias,event_name,renamed_on\nNote Saved,note_saved,\n",
    "landing/a.ndjson": "".join(
        note(n, f"2026-03-0{1 + n // 20} 10:{n:02}:00", ("note_saved", "Note Saved")[n % 2])
        for n in range(60)
    ),
}
BY_LOAD = {
    "macros/get_incremental_by_load_sql.sql": (
        TEMPLATE / "macros/get_incremental_by_load_sql.sql"
    ).read_text()
}
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


def counts(package: Another) -> dict[str, int]:
    """How many notes the daily table has, by date."""
    rows = package.rows("select cast(event_date as varchar), note_count from main_own.daily_notes")
    return dict(rows)


def statuses(result: dbtRunnerResult) -> dict[str, str]:
    """How each node went, by its name."""
    return {node.node.name: str(node.status) for node in result.result}


@pytest.fixture(scope="module")
def acme(tmp_path_factory) -> Another:
    """A project that has bronze to gold of its own landing folder, built: first one table of it."""
    folder = tmp_path_factory.mktemp("package") / "of acme"
    package = Another(folder, NOTES | BY_LOAD | {"dbt_project.yml": ACME, "profiles.yml": PROFILE})
    first = package.dbt("build", "--select", "+daily_notes", *WITHOUT_UNIT_TESTS)
    assert first.success, package.said
    package.built_first = statuses(first)
    return package


def test_a_selection_on_a_fresh_warehouse_tests_what_is_there(acme):
    assert acme.built_first["daily_notes"] == "success"
    tests = {name for name, status in acme.built_first.items() if status == "pass"}
    # what is asked of tables that are there, and nothing of those that are not
    assert "durable_events_equals_rebuild_note_saved_ref_events_" in tests
    assert "conserves_event_date_ledger_ref_events___event_date__load_id__sum_event_count_" in tests
    assert not any("event_sessions" in name for name in acme.built_first)


def test_a_package_builds_with_vars_schemas_and_seeds_of_ones_own(acme):
    result = acme.dbt("build")
    assert result.success, acme.said
    went = statuses(result)
    assert {*went.values()} <= {"success", "pass", "no-op"}, acme.said
    # the unit tests of the package hold though the envelope is another
    assert "a_pause_of_exactly_the_gap_starts_no_session" in went
    assert not [line for line in acme.printed if line.startswith("warn")]
    assert counts(acme) == {"2026-03-01": 20, "2026-03-02": 20, "2026-03-03": 20}
    # the package's where it says, its own where dbt puts them
    made = acme.rows(
        "select distinct table_schema from information_schema.tables "
        "where table_catalog = 'acme' order by 1"
    )
    assert [schema for (schema,) in made] == ["bronze", "gold", "main", "main_own", "refined"]
    names = "select sent_event_name, event_name, finding from refined.event_names order by 1"
    assert acme.rows(names) == [
        ("Note Saved", "note_saved", None),
        ("note_saved", "note_saved", None),
    ]
    # a time without an offset, on whichever machine
    first = "select min(event_time) from refined.events"
    assert str(acme.rows(first)) == "[(datetime.datetime(2026, 3, 1, 10, 0),)]"


def test_a_daily_table_of_ones_own_takes_late_events_in_batches(acme):
    acme.write({"landing/late.ndjson": note(60, "2026-01-05 23:59:59")})
    result = acme.dbt("run", "--select", "raw_events+")
    assert result.success, acme.said
    (daily,) = [node for node in result.result if node.node.name == "daily_notes"]
    assert daily.batch_results is not None
    # lookback: yesterday, today; each a batch
    assert len(daily.batch_results.successful) == 2
    assert any("Batch 2 of 2" in line for line in acme.printed)
    assert counts(acme)["2026-01-05"] == 1
    assert sum(counts(acme).values()) == 61


def test_our_own_daily_tables_run_in_batches(warehouse):
    warehouse.land("a.ndjson", [{"event_name": "x", "event_time": "2026-03-01T10:00:00Z"}])
    warehouse.run("--select", "+daily_event_counts")
    result = warehouse.run("--select", "+daily_event_counts")
    (daily,) = [node for node in result.result if node.node.name == "daily_event_counts"]
    assert len(daily.batch_results.successful) == 2


def test_a_copied_or_renamed_warehouse_works(acme):
    shutil.copy(acme.folder / "acme.duckdb", acme.folder / "another name.duckdb")
    views = acme.rows(
        "select schema_name, view_name from duckdb_views() where not internal",
        "another name.duckdb",
    )
    assert ("refined", "events") in views
    for schema, view in views:
        query = f"select count(*) from {schema}.{view}"
        assert acme.rows(query, "another name.duckdb") == acme.rows(query), view
    # whatever it is called where it is attached
    with duckdb.connect() as connection:
        path = str(acme.folder / "another name.duckdb")
        connection.execute(f"attach '{path}' as \"of acme\" (read_only)")
        there = connection.execute('select count(*) from "of acme".refined.events').fetchall()
    assert there == acme.rows("select count(*) from refined.events")
    # dbt goes on in it, reading views that it does not make anew
    (acme.folder / "landing" / "more.ndjson").write_text(note(61, "2026-03-02 11:00:00"))
    result = acme.dbt(
        *("run", "--exclude", "config.materialized:view"), warehouse="another name.duckdb"
    )
    assert result.success, acme.said
    (acme.folder / "landing" / "more.ndjson").unlink()
    of_that_day = "select note_count from main_own.daily_notes where event_date = '2026-03-02'"
    assert acme.rows(of_that_day, "another name.duckdb") == [(21,)]
    assert acme.rows(of_that_day) == [(20,)]


def test_what_is_missing_is_told_in_words_before_anything_runs(tmp_path):
    project = ACME.replace(DISPATCH, "").replace(EXAMPLE_OFF, "")
    profile = PROFILE.replace(PLUGIN, "").replace("UTC", "Europe/Berlin")
    made_by = {"dbt_project.yml": project, "profiles.yml": profile}
    package = Another(tmp_path / "of acme", NOTES | made_by)
    words = [
        "durable_events is not fully installed in acme:",
        "The profile has no reader of the landing folder. Add to the output in profiles.yml: "
        "plugins: - module: durable_events.landing_reader "
        "config: {folder: \"{{ env_var('DURABLE_EVENTS_LANDING', 'landing') }}\"}",
        "The session's time zone is Europe/Berlin, so times without an offset would not be UTC. "
        "Add to the output in profiles.yml: settings: {TimeZone: UTC}",
        "dbt_project.yml does not look for dbt's macros in durable_events, so daily tables would "
        "lose late events. Add: dispatch: - macro_namespace: dbt "
        "search_order: [acme, durable_events, dbt]",
        "There are two seeds known_events, this project's and the package's example. Add to "
        "dbt_project.yml: seeds: durable_events: {+enabled: false}",
        "This project has no strategy by_load (for note_saved, ...): dbt looks for it in the "
        "project itself. Write macros/get_incremental_by_load_sql.sql:",
    ]
    for command in (
        ("run", "--select", "daily_notes"),
        ("build", "--select", "+note_saved"),
        ("test",),
    ):
        assert not package.dbt(*command).success
        assert [sentence for sentence in words if sentence not in package.said] == []
    assert package.rows("select * from information_schema.tables") == []
    # no more than what is missing
    package.write(BY_LOAD | {"dbt_project.yml": ACME, "profiles.yml": PROFILE.replace(PLUGIN, "")})
    assert not package.dbt("build").success
    assert [sentence in package.said for sentence in words] == [True, True] + 4 * [False]


TAPS = """
select * from (values
    ('a', timestamp '2026-03-01 10:00:00', 'u', 1, date '2026-03-01', 1),
    ('b', timestamp '2026-03-01 10:30:00', 'u', 2, date '2026-03-01', 1),
    ('c', timestamp '2026-03-01 11:00:01', 'u', 3, date '2026-03-01', 1),
    ('c', timestamp '2026-03-01 11:00:01', 'u', 4, date '2026-03-01', 2)
) as taps(event_id, event_time, user_key, amount, event_date, load_id)
"""
TOOLS = {
    "models/taps.sql": TAPS,
    "models/once.sql": "{{ durable_events.deduplicate("
    "ref('taps'), key='event_id', order_by='load_id') }}",
    "models/in_sessions.sql": "{{ durable_events.sessionize(ref('once')) }}",
    "models/states.sql": "{{ durable_events.state_history("
    "'(select *, false as is_deleted from ' ~ ref('once') ~ ')', 'user_key', ['amount']) }}",
    "models/versions.sql": "{{ durable_events.compare_versions("
    "ref('taps'), ref('once'), 'event_id', ['amount'], days=none) }}",
    "models/models.yml": """
models:
  - name: once
    data_tests:
      - durable_events.unique_together:
          arguments: {columns: [event_id]}
      - durable_events.conserves:
          arguments:
            compare_to: ref('taps')
            group_by: [user_key]
            compare_measure: count(distinct event_id)
""",
    # of what is asked of a project itself, these two lack it
    "models/daily.sql": DAILY.replace("ref('note_saved')", "ref('once')").replace(
        "event_date_ledger", "taps"
    ),
    "models/loaded.sql": "{{ config(materialized='incremental', incremental_strategy='by_load',"
    " unique_key='event_id') }}\nselect * from {{ ref('once') }}"
    " where {{ durable_events.is_new_load() }}",
}
MACROS_ALONE = """
name: tools
version: 0.1.0
profile: tools
flags:
  send_anonymous_usage_stats: false
models:
  durable_events: {+enabled: false}
seeds:
  durable_events: {+enabled: false}
"""


def test_macros_alone_work_with_all_models_off(tmp_path):
    profile = "tools:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: acme.duckdb}\n"
    made_by = {"dbt_project.yml": MACROS_ALONE, "profiles.yml": profile}
    package = Another(tmp_path / "tools", TOOLS | made_by)
    result = package.dbt("build")
    went = statuses(result)
    refused = {name for name, status in went.items() if status in ("error", "fail")}
    # what would be wrong is refused, and what to write is said
    assert refused == {"daily", "loaded"}, package.said
    assert "so daily tables would lose late events. Add: dispatch:" in package.said
    assert "search_order: [tools, durable_events, dbt]" in package.said
    assert re.search(
        r'tools has no strategy by_load for "acme"\."main"\."loaded": dbt looks for it in the '
        r"project itself\. Write macros/get_incremental_by_load_sql\.sql:",
        package.said,
    )
    assert package.rows("select event_id, session_id from in_sessions order by all") == [
        *[("a", "a"), ("b", "a"), ("c", "c")]
    ]
    assert package.rows("select amount, valid_to is null from states order by all") == [
        *[(1, False), (2, False), (3, True)]
    ]
    assert package.rows("select old_row_count, new_row_count from versions") == [(4, 3)]
    # written as told, it goes on from there
    package.write(BY_LOAD | {"dbt_project.yml": MACROS_ALONE + DISPATCH.replace("acme", "tools")})
    result = package.dbt("retry")
    assert result.success, package.said
    assert package.rows("select note_count from daily") == [(3,)]
    assert package.rows("select count(*) from loaded") == [(3,)]
