"""What the tables are expected to be like: a suite of Great Expectations for each.

This is the place for suites of your own: add a `Suite` to SUITES. Any expectation will do that runs
in SQL; `expectations.py` has short ways to say the most used, and `rows` and `groups` make one of a
condition. What fails is told with its dates, so a share (`mostly`) holds on each date for itself.
A regular expression has to match the whole text.

Severities: `critical` is for what must not be, whoever sent what, and fails the command. `warning`
is for data that somebody should look at. `info` is for what is good to know.
"""

from datetime import datetime

import great_expectations.expectations as gxe

from durable_events.validation.expectations import (
    CRITICAL,
    INFO,
    WARNING,
    Suite,
    at_least,
    between,
    groups,
    like,
    none_of,
    one_of,
    present,
    rows,
    unique,
)

# What programs send for somebody they don't know. All of these would become one user.
NOBODY = ["null", "NULL", "None", "nil", "undefined", "NaN", "unknown", "anonymous", "0", "-1"]
REASONS = [
    *("invalid_encoding", "malformed_json", "not_an_object", "missing_event_name"),
    *("missing_event_time", "unparseable_event_time", "event_time_in_future"),
    *("unsupported_schema_version", "command"),
]
# Before it there is no event that anybody could have; a clock without a battery says 1970.
FIRST_TIME = datetime(1995, 1, 1)  # noqa: DTZ001  # the tables have no zone
DAY_SECONDS = 24 * 60 * 60

SUITES = (
    Suite(
        "bronze.raw_events",
        (
            groups(
                "event_date, load_id, file_name, line_number",
                "count(*) > 1",
                CRITICAL,
                "A line of a file is landed once.",
            ),
            between("line_number", 1, None, CRITICAL, "Lines are counted from 1."),
            like("content_digest", "[0-9a-f]{32}", CRITICAL, "The digest of a file is there."),
            like(
                "file_name",
                r"(?s).+\.(ndjson|jsonl|json|csv|parquet)(\.gz|\.zst)?",
                WARNING,
                "A file is of a kind that is read.",
            ),
            at_least(
                "received_at",
                "file_modified_at",
                WARNING,
                "A file was written before it was read: else a clock is wrong.",
            ),
            gxe.ExpectColumnValueLengthsToBeBetween(
                column="payload",
                max_value=1_000_000,
                severity=WARNING,
                description="A line has no more than a million characters.",
            ),
            gxe.ExpectColumnValuesToBeNull(
                column="payload_bytes",
                mostly=0.95,
                severity=WARNING,
                description="Few lines of a date are not UTF-8.",
            ),
        ),
    ),
    Suite(
        "silver.judged_events",
        (
            one_of(
                "verdict",
                ["accepted", "duplicate", "late", "rejected"],
                CRITICAL,
                "A line has one of the four verdicts.",
            ),
            one_of("reason", REASONS, CRITICAL, "A reason is one of those known."),
            rows(
                "event_date, load_id, file_name, line_number, verdict, reason",
                "(verdict = 'rejected') <> (reason is not null)",
                CRITICAL,
                "A line has a reason if it is rejected, and only then.",
            ),
            rows(
                "event_date, load_id, file_name, line_number",
                "verdict = 'accepted' and (event_id is null or event_name is null "
                "or event_time is null or event_date is null or admitted_load_id is null)",
                CRITICAL,
                "What is accepted has an id, a name, a time and a load.",
            ),
            rows(
                "event_date, load_id, file_name, line_number, event_time",
                "event_date <> cast(event_time as date)",
                CRITICAL,
                "The date is that of the time.",
            ),
            rows(
                "event_date, load_id, file_name, line_number, changed_load_id",
                "changed_load_id < load_id",
                CRITICAL,
                "No row is older than its line.",
            ),
            groups(
                "load_id",
                "load_id = (select max(load_id) from {batch}) "
                "and count(*) filter (verdict = 'rejected') > 0.1 * count(*)",
                WARNING,
                "No more than 10 % of the newest load's lines are rejected.",
            ),
            groups(
                "event_date",
                "count(*) filter (verdict = 'duplicate') > 0.5 * count(*)",
                WARNING,
                "No more than half of a date's lines repeat an event.",
            ),
        ),
    ),
    Suite(
        "silver.events",
        (
            present("event_id", CRITICAL, "An event has an id."),
            unique("event_id", "An event is there once."),
            present("event_name", CRITICAL, "An event has a name."),
            like(
                "event_name",
                "[^[:cntrl:]]{1,100}",
                WARNING,
                "A name has no control characters and no more than 100 letters.",
            ),
            rows(
                "event_date, event_id, event_time",
                "event_date <> cast(event_time as date)",
                CRITICAL,
                "The date is that of the time.",
            ),
            between("event_time", FIRST_TIME, None, WARNING, "No event is from before 1995."),
            at_least(
                "src_ts",
                "event_time",
                WARNING,
                "Nearly all events are sent after they happened: else a clock is wrong.",
                mostly=0.99,
            ),
            at_least(
                "received_at",
                "src_ts",
                WARNING,
                "Nearly all events are received after they are sent: else a clock is wrong.",
                mostly=0.99,
            ),
            between("schema_version", 1, 1000, WARNING, "A version is a small number."),
            present("user_key", WARNING, "Most events have a user.", mostly=0.8),
            none_of("user_id", NOBODY, WARNING, "A user id stands for somebody."),
            none_of("anonymous_id", NOBODY, WARNING, "An anonymous id stands for somebody."),
            like(
                "country_code",
                "[A-Z]{2}",
                WARNING,
                "A country is two capital letters.",
                mostly=0.99,
            ),
            like(
                "page_url",
                "(?s)(https?://|/).+",
                WARNING,
                "A page is a URL or a path.",
                mostly=0.99,
            ),
            like(
                "app_version",
                r"v?[0-9]+(\.[0-9]+)*([-+ ].+)?",
                INFO,
                "An app's version is made of numbers.",
                mostly=0.99,
            ),
            like(
                "platform",
                "[a-z0-9_ -]{1,40}",
                INFO,
                "Platforms are in small letters, so that one has one name.",
            ),
        ),
    ),
    Suite(
        "silver.sessions",
        (
            unique("session_id", "A session is there once."),
            between("event_count", 1, None, CRITICAL, "A session has an event."),
            between("session_number", 1, None, CRITICAL, "Sessions are counted from 1."),
            between("duration_seconds", 0, None, CRITICAL, "No session ends before it begins."),
            at_least("ended_at", "started_at", CRITICAL, "No session ends before it begins."),
            rows(
                "session_date, session_id, started_at",
                "session_date <> cast(started_at as date)",
                CRITICAL,
                "The date is that of the beginning.",
            ),
            rows(
                "session_date, session_id, started_at, ended_at",
                "event_count = 1 and ended_at <> started_at",
                CRITICAL,
                "A session of one event takes no time.",
            ),
            between(
                "duration_seconds",
                None,
                DAY_SECONDS,
                WARNING,
                "Hardly any session takes longer than a day: else an id is shared, or a robot's.",
                mostly=0.999,
            ),
            between(
                "event_count",
                None,
                5000,
                WARNING,
                "No session has more than 5,000 events: else an id is shared, or a robot's.",
            ),
        ),
        date_column="session_date",
    ),
    Suite(
        "silver.money_entries",
        (
            unique("event_id", "An entry is there once."),
            like("currency", "[A-Z]{3}", WARNING, "A currency is three capital letters."),
            none_of("currency", ["XXX"], WARNING, "An amount has a currency."),
            present("amount", WARNING, "Most entries have an amount.", mostly=0.95),
            between("amount", -100_000, 100_000, WARNING, "An amount is below 100,000."),
            rows(
                "event_date, event_id, original_event_id",
                "not is_compensation and original_event_id is not null",
                CRITICAL,
                "Only what compensates has an original.",
            ),
            gxe.ExpectColumnValuesToBeNull(
                column="finding",
                mostly=0.8,
                severity=WARNING,
                description="At most entries of a date nothing is odd.",
            ),
        ),
    ),
    Suite(
        "gold.daily_event_counts",
        (
            groups(
                "event_date, event_name",
                "count(*) > 1",
                CRITICAL,
                "A date has one row for each name.",
            ),
            between("event_count", 1, None, CRITICAL, "What is listed has happened."),
            between("user_count", 0, None, CRITICAL, "A count is not negative."),
            at_least("event_count", "user_count", CRITICAL, "A user has an event at least."),
            groups(
                "event_date",
                "count(*) > 1000",
                WARNING,
                "No more than 1,000 names on a date: else names are made of values.",
            ),
        ),
    ),
    Suite(
        "gold.daily_sessions",
        (
            unique("session_date", "A date has one row."),
            between("session_count", 0, None, CRITICAL, "A count is not negative."),
            between("duration_seconds", 0, None, CRITICAL, "No time is negative."),
            at_least("session_count", "user_count", CRITICAL, "A user has a session at least."),
            at_least(
                "session_count",
                "single_event_session_count",
                CRITICAL,
                "Sessions of one event are sessions.",
            ),
            at_least("event_count", "session_count", CRITICAL, "A session has an event at least."),
        ),
        date_column="session_date",
    ),
    Suite(
        "gold.daily_users",
        (
            unique("event_date", "A date has one row."),
            between("active_user_count", 1, None, CRITICAL, "A date that is listed has users."),
            between("new_user_count", 0, None, CRITICAL, "A count is not negative."),
            rows(
                "event_date, active_user_count, new_user_count, returning_user_count",
                "active_user_count <> new_user_count + returning_user_count",
                CRITICAL,
                "Users are new or returning.",
            ),
        ),
    ),
    Suite(
        "gold.daily_revenue",
        (
            groups(
                "event_date, currency",
                "count(*) > 1",
                CRITICAL,
                "A date has one row for each currency.",
            ),
            between("order_count", 0, None, CRITICAL, "A count is not negative."),
            at_least(
                "payment_count",
                "payment_without_amount_count",
                CRITICAL,
                "Payments without an amount are payments.",
            ),
            between(
                "booked_amount",
                -1_000_000,
                1_000_000_000,
                WARNING,
                "A day's revenue is no fantasy, and hardly negative.",
            ),
        ),
    ),
)
