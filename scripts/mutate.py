"""Break the project on purpose, one rule at a time, and see that a test goes red each time.

Works in copies below a temporary folder; the checkout is not touched. Ends with 0 if every mutation
was caught, with 1 if one survived.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

PROJECT = Path(__file__).resolve().parents[1]
LEAVE_OUT = shutil.ignore_patterns(".git", ".venv", "target", "logs", "demo", "*.duckdb*")


@dataclass(frozen=True)
class Mutation:
    """A change to one file that makes the product wrong, and a test that must see it."""

    name: str
    file: str
    old: str
    new: str
    test: str


MUTATIONS = [
    Mutation(
        "a pause of exactly the gap starts a session",
        "macros/sessions/sessionize.sql",
        "{{ event_time }} > previous_event_time + {{ gap }}",
        "{{ event_time }} >= previous_event_time + {{ gap }}",
        "test_exactness.py::test_gap_to_the_microsecond_and_ties_in_both_orders",
    ),
    Mutation(
        "ties in time are left to chance",
        "macros/sessions/sessionize.sql",
        " ~ ', ' ~ event_id -%}",
        " -%}",
        "test_exactness.py::test_gap_to_the_microsecond_and_ties_in_both_orders",
    ),
    Mutation(
        "no date is ever stale",
        "macros/ledger/stale_dates.sql",
        "where computed.load_id is null or touched.load_id > computed.load_id",
        "where false",
        "test_exactness.py::test_late_events_open_extend_and_join_sessions",
    ),
    Mutation(
        "replays are not looked for in earlier loads",
        "models/silver/judged_events.sql",
        "{{ few('keys.event_id', 'keys') }}",
        "select null",
        "test_exactness.py::test_replays_and_missing_ids",
    ),
    Mutation(
        "the order of its keys makes another event of one without an id",
        "macros/dialect/json_digest.sql",
        "list_sort(list(",
        "(list(",
        "test_exactness.py::test_an_event_without_an_id_is_known_by_all_that_was_sent",
    ),
    Mutation(
        "digits that DuckDB drops make no other event",
        "macros/dialect/json_digest.sql",
        "            {{ exact }},",
        "            {{ json }},",
        "test_exactness.py::test_an_event_without_an_id_is_known_by_all_that_was_sent",
    ),
    Mutation(
        "when it was sent makes another event",
        "macros/events/stable_event_id.sql",
        "durable_events.setting('sending_fields')",
        "[]",
        "test_exactness.py::test_an_event_without_an_id_is_known_by_all_that_was_sent",
    ),
    Mutation(
        "a session touches only the date it began on",
        "models/silver/session_date_ledger.sql",
        "cast(ended_at as date) as last_date",
        "session_date as last_date",
        "test_exactness.py::test_sessions_across_several_midnights",
    ),
    Mutation(
        "late events are let in at once whatever the policy",
        "models/silver/judged_events.sql",
        "then 'late'",
        "then 'accepted'",
        "test_lateness.py::test_reconciling_reopens_exactly_the_dates_concerned",
    ),
    Mutation(
        "a clock that runs ahead moves the watermark",
        "macros/verdicts/watermarks.sql",
        "max(least(event_time, received_at))",
        "max(event_time)",
        "test_lateness.py::test_a_clock_that_runs_ahead_makes_nobody_late",
    ),
    Mutation(
        "a repair takes only the part of a new load that is on its dates",
        "macros/ledger/load_window.sql",
        "({{ durable_events.is_new_load(load_id) }} or ",
        "(",
        "test_corruption.py::test_a_repair_takes_new_loads_whole",
    ),
    Mutation(
        "an alias leaves history as it was",
        "macros/ledger/renamed_events.sql",
        "where {{ durable_events.is_new_load('renamed_load_id') }}",
        "where false",
        "test_names.py::test_an_alias_moves_events_between_typed_tables_and_the_funnel",
    ),
    Mutation(
        "what is let in again comes before what came since",
        "macros/verdicts/first_received_wins.sql",
        "order_by='eligible_load_id, load_id, file_name, line_number'",
        "order_by='load_id, file_name, line_number'",
        "test_names.py::test_what_came_while_a_version_was_unknown_keeps_its_place",
    ),
    Mutation(
        "a file that grew is read from its beginning",
        "scripts/landing_reader.py",
        "self.last_line_start = position + newline + 1",
        "self.last_line_start = 0",
        "test_landing.py::test_a_file_that_grew_gives_its_new_lines_only",
    ),
    Mutation(
        "an amount with too many places is rounded",
        "macros/events/typed_value.sql",
        "'[0-9]{1,' ~ scale ~ '}0*'",
        "'[0-9]+'",
        "test_typed_events.py::test_every_fault_is_named_and_no_event_is_lost",
    ),
    Mutation(
        "a version takes the events of the other one",
        "macros/events/sent_events.sql",
        "and schema_version = {{ declared.schema_version | int }}",
        "and schema_version <= {{ declared.schema_version | int }}",
        "test_typed_events.py::test_both_versions_are_fed_at_once",
    ),
    Mutation(
        "a typed table reads all loads again",
        "macros/events/typed_event.sql",
        ", durable_events.load_window('event_date')",
        "",
        "test_typed_events.py::test_both_versions_are_fed_at_once",
    ),
    Mutation(
        "the list of an order is not checked",
        "macros/events/declared_events.sql",
        "{%- if declared.unnest -%}",
        "{%- if false -%}",
        "test_typed_events.py::test_every_fault_is_named_and_no_event_is_lost",
    ),
    Mutation(
        "a checkout around midnight is two",
        "macros/compare/compare_rows.sql",
        "least(old_row.compared_date, new_row.compared_date) as event_date",
        "coalesce(new_row.compared_date, old_row.compared_date) as event_date",
        "test_compare_versions.py::test_every_outcome_is_counted_on_its_day",
    ),
    Mutation(
        "NULL differs from NULL",
        "macros/compare/same_key.sql",
        "is not distinct from",
        "=",
        "test_compare_versions.py::test_every_outcome_is_counted_on_its_day",
    ),
    Mutation(
        "a load touches the dates of its own rows only",
        "macros/compare/version_date_ledger.sql",
        "min(first_date) over (",
        "max(cast(null as date)) over (",
        "test_compare_versions.py::test_a_late_row_makes_the_dates_stale_that_it_changes_and_no_others",
    ),
    Mutation(
        "the newest day is judged",
        "macros/compare/complete_days.sql",
        "and event_date < (",
        "and event_date <= (",
        "test_compare_versions.py::test_a_fault_is_named_with_its_day_and_size",
    ),
    Mutation(
        "a correction is restated on its own date",
        "macros/state/money_entries.sql",
        "then coalesce(originals.event_date, grouped.event_date)",
        "then grouped.event_date",
        "test_state.py::test_a_correction_touches_its_date_and_that_of_the_original",
    ),
    Mutation(
        "a late entry leaves the balances after it as they were",
        "macros/state/account_entries.sql",
        "where not known.is_before and new_entries.event_id is null",
        "where false",
        "test_state.py::test_snapshots_go_on_with_the_calendar",
    ),
    Mutation(
        "what came with the load itself was not yet known",
        "macros/state/balance_as_of.sql",
        "known_load_id > {{ known_at_load }}",
        "known_load_id >= {{ known_at_load }}",
        "test_state.py::test_balances_as_of_any_moment_by_both_clocks",
    ),
    Mutation(
        "a null that was sent is no news",
        "macros/state/entity_changes.sql",
        "and {{ durable_events.json_is_null('properties', paths[of]) }}",
        "and false",
        "test_state.py::test_random_changes_and_logins",
    ),
    Mutation(
        "an event that got another name stays a change of its entity",
        "macros/ledger/renamed_events.sql",
        "where {{ durable_events.is_new_load('renamed_load_id') }}",
        "where false",
        "test_scaffold.py::test_a_history_two_versions_and_daily_tables_in_another_project",
    ),
    Mutation(
        "a null that was sent changes nothing",
        "macros/state/state_history.sql",
        "max(case when has_{{ attribute }} then change_number end)",
        "max(case when {{ attribute }} is not null then change_number end)",
        "test_state.py::test_random_changes_and_logins",
    ),
    Mutation(
        "a device is the last user's also before the login",
        "models/silver/resolved_events.sql",
        "identities.state_number = 1 or",
        "true or",
        "test_state.py::test_a_device_that_two_users_share",
    ),
    Mutation(
        "a user counts once for each day",
        "models/semantic/users.yml",
        "agg: count_distinct",
        "agg: count",
        "test_semantic.py::test_a_metric_equals_sql",
    ),
    Mutation(
        "revenue adds up two currencies",
        "models/shop/semantic/revenue.yml",
        "revenue_currencies <= 1 then booked",
        "revenue_currencies <= 2 then booked",
        "test_semantic.py::test_currencies_are_not_added_up_unsaid",
    ),
    Mutation(
        "the calendar ends on its first date",
        "models/gold/calendar.sql",
        "max(event_date) as last_date",
        "min(event_date) as last_date",
        "test_semantic.py::test_a_metric_equals_sql",
    ),
    Mutation(
        "an event that is declared otherwise is not read again",
        "models/silver/name_history.sql",
        "or coalesce(contract, '') <>",
        "or false and coalesce(contract, '') <>",
        "test_typed_events.py::test_a_new_event_type_is_there_on_the_next_build",
    ),
    Mutation(
        "a broken line counts on the day of the run",
        "models/silver/line_counts.sql",
        "coalesce(main_dates.event_date, lines.received_date)",
        "lines.received_date",
        "test_quality.py::test_each_fault_is_found_by_its_trigger",
    ),
    Mutation(
        "a file that is delivered twice is the sender's fault",
        "models/silver/line_counts.sql",
        "            and duplicates.file_name = first_places.file_name\n",
        "",
        "test_quality.py::test_sixty_clean_days_give_no_finding",
    ),
    Mutation(
        "more events than usual are welcome",
        "macros/quality/volume_findings.sql",
        "event_count not between lower_bound and upper_bound",
        "event_count < lower_bound",
        "test_quality.py::test_each_fault_is_found_by_its_trigger",
    ),
    Mutation(
        "what was found once is news for ever",
        "models/gold/event_quality_findings.sql",
        "    load_id = (select max(counts.load_id)",
        "    load_id <= (select max(counts.load_id)",
        "test_quality.py::test_each_fault_is_found_by_its_trigger",
    ),
]
# The example's go with it.
SHOP = "models/shop"
if not (PROJECT / SHOP).is_dir():
    MUTATIONS = [mutation for mutation in MUTATIONS if not mutation.file.startswith(SHOP)]


def is_caught(mutation: Mutation) -> bool:
    """Whether the mutation's test fails in a copy of the project that has it.

    Raises ValueError if the text to change is not in the file exactly once.
    """
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder, "project")
        shutil.copytree(PROJECT, copy, ignore=LEAVE_OUT)
        # the package of the copy, and not the one that is installed
        (copy / "durable_events").symlink_to("scripts")
        file = copy / mutation.file
        text = file.read_text()
        if text.count(mutation.old) != 1:
            raise ValueError(f"{mutation.file} does not hold {mutation.old!r} exactly once")
        file.write_text(text.replace(mutation.old, mutation.new))
        command = [sys.executable, "-m", "pytest", "-x", f"tests/python/{mutation.test}"]
        done = subprocess.run(command, cwd=copy, capture_output=True, check=False)
        return (
            done.returncode == 1
        )  # pytest's code for a test that failed, not for an error of its own


def main() -> None:
    """Try each mutation and print what became of it."""
    shown = Table("mutation", "file", "result")
    survivors = 0
    console = Console()
    for mutation in MUTATIONS:
        with console.status(mutation.name):
            caught = is_caught(mutation)
        survivors += not caught
        shown.add_row(mutation.name, mutation.file, "caught" if caught else "[bold red]survived")
    console.print(shown)
    console.print(f"{len(MUTATIONS) - survivors} of {len(MUTATIONS)} mutations were caught.")
    sys.exit(survivors > 0)


if __name__ == "__main__":
    main()
