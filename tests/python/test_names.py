"""What a name stands for can change later: history follows, and nothing else moves."""

from datetime import date

import pytest
from oracle import Trial

# what hangs on names as the others do, and has tests of its own
pytestmark = [
    pytest.mark.shop,
    pytest.mark.without(
        *(
            "money_entries+",
            "customer_profile_changes+",
            "customer_row_changed+",
            "identifications+",
        ),
        *("users", "checkout_date_ledger+", "event_lateness", "calendar"),
    ),
]
NOT_PAST = "a fact, but its name does not end in the past, as message_sent does"


def sent(event_id: str, name: str, time: str, **more) -> dict:
    """An event of user u."""
    return {"event_id": event_id, "event_name": name, "event_time": time, "user_id": "u"} | more


def counts(trial: Trial) -> list[tuple]:
    """Events by date and name."""
    return trial.warehouse.rows(
        "select event_date, event_name, event_count from gold.daily_event_counts order by all"
    )


@pytest.mark.core
def test_an_alias_added_later_gives_history_one_name(trial):
    """Only the dates of renamed events are computed anew, and taking it back undoes it."""
    trial.land(
        "a.ndjson",
        [
            sent("old", "tapped", "2026-03-01T10:00:00Z"),
            sent("other", "viewed", "2026-03-01T10:01:00Z"),
            sent("elsewhere", "viewed", "2026-03-02T10:00:00Z"),
            sent("new", "button_pressed", "2026-03-03T10:00:00Z"),
        ],
    )
    trial.run()
    trial.warehouse.execute(
        "create table kept as from gold.daily_event_counts; "
        "update gold.daily_event_counts set user_count = -1"
    )
    trial.register({}, {"tapped": "button_pressed"})
    trial.run()
    assert trial.warehouse.rows(
        "select event_date, event_name, user_count from gold.daily_event_counts order by all"
    ) == [
        (date(2026, 3, 1), "button_pressed", 1),
        (date(2026, 3, 1), "viewed", 1),
        (date(2026, 3, 2), "viewed", -1),
        (date(2026, 3, 3), "button_pressed", -1),
    ]
    assert trial.warehouse.rows("select load_id, load_kind from bronze.loads order by all") == [
        (1, "landing"),
        (2, "registration"),
    ]
    trial.warehouse.execute(
        "update gold.daily_event_counts as now set user_count = kept.user_count from kept "
        "where now.user_count = -1 and now.event_date = kept.event_date "
        "and now.event_name = kept.event_name"
    )
    trial.check()
    trial.register({}, {})
    trial.land("b.ndjson", [sent("again", "tapped", "2026-03-04T10:00:00Z")])
    trial.run()
    assert (date(2026, 3, 1), "tapped", 1) in counts(trial)
    trial.check(rebuild=True)


@pytest.mark.only("+daily_funnel", "page_viewed", "payment_received", "contract_violations")
def test_an_alias_moves_events_between_typed_tables_and_the_funnel(trial):
    """Payments under an old name count while it is an alias, and no longer when it is not."""
    money = {"properties": {"amount": "2.50", "currency": "EUR", "order_id": "o"}}
    trial.land(
        "a.ndjson",
        [
            sent("p1", "page_viewed", "2026-03-01T23:50:00Z"),
            sent("p2", "paid", "2026-03-02T00:10:00Z", **money),
            sent("p3", "paid", "2026-03-05T10:00:00Z", **money),
            sent("p4", "payment_received", "2026-03-05T10:00:00Z", **money),
        ],
    )
    trial.run()
    trial.check()
    for aliases in ({"paid": "payment_received"}, {"payment_received": "paid"}, {}):
        trial.register({}, aliases)
        trial.run()
        trial.check(rebuild=not aliases)


@pytest.mark.core
def test_an_unknown_version_waits_until_it_is_registered(trial):
    """Then it comes in as a load of its own; what repeats it is a duplicate."""
    trial.register({"rated": ("fact", "1")}, {})
    trial.land(
        "a.ndjson",
        [
            sent("first", "rated", "2026-03-01T10:00:00Z"),
            sent("second", "rated", "2026-02-01T10:00:00Z", schema_version=2),
            sent("second", "rated", "2026-02-01T10:00:00Z", schema_version=2),
            sent("third", "rated", "2026-03-01T10:00:00Z", schema_version=3),
        ],
    )
    trial.run()
    assert trial.warehouse.rows(
        "select event_id, reason from silver.rejected_events order by all"
    ) == [
        ("second", "unsupported_schema_version"),
        ("second", "unsupported_schema_version"),
        ("third", "unsupported_schema_version"),
    ]
    trial.check()
    trial.register({"rated": ("fact", "1 2")}, {})
    trial.land("b.ndjson", [sent("second", "rated", "2026-02-02T10:00:00Z", schema_version=2)])
    trial.run()
    assert trial.warehouse.rows(
        "select event_id, load_id, admitted_load_id, verdict from silver.judged_events "
        "where event_id <> 'first' order by all"
    ) == [
        ("second", 1, 3, "accepted"),
        ("second", 1, None, "duplicate"),
        ("second", 2, None, "duplicate"),
        ("third", 1, None, "rejected"),
    ]
    trial.check(rebuild=True)


@pytest.mark.core
def test_what_came_while_a_version_was_unknown_keeps_its_place(trial):
    """What is published is not replaced by an older line of its id that can be read now."""
    trial.register({"rated": ("fact", "1")}, {})
    trial.land("a.ndjson", [sent("e", "rated", "2026-02-01T10:00:00Z", schema_version=2)])
    trial.run()
    trial.land("b.ndjson", [sent("e", "rated", "2026-03-01T10:00:00Z")])
    trial.run()
    trial.register({"rated": ("fact", "1 2")}, {})
    trial.run()
    assert trial.warehouse.rows("select event_date, load_id from silver.events") == [
        (date(2026, 3, 1), 2)
    ]
    trial.check(rebuild=True)


@pytest.mark.core
def test_a_command_never_becomes_a_fact(trial):
    """It is set aside where it is known as one, and listed once however often it was sent."""
    trial.register({"order_requested": ("command", "1")}, {"ask": "order_requested"})
    line = sent("c", "order_requested", "2026-03-01T10:00:00Z", properties={"order_id": 1})
    trial.land("a.ndjson", [line, line, sent("a", "ask", "2026-03-01T11:00:00Z")])
    trial.run()
    trial.check()
    assert trial.warehouse.rows("select count(*) from silver.events") == [(0,)]
    assert trial.warehouse.rows(
        "select event_id, command_name, user_key, properties from silver.commands order by all"
    ) == [("a", "order_requested", "u", None), ("c", "order_requested", "u", '{"order_id":1}')]


@pytest.mark.only("+events", "event_names")
def test_names_are_found_fault_with(trial):
    """Unknown ones, badly formed ones, old ones that are still sent, unknown versions."""
    trial.register(
        {
            "order_placed": ("fact", "1"),
            "cart_empty": ("fact", "1"),
            "ask_nicely": ("command", "1"),
        },
        {"tapped": "button_pressed", "was_asked": "ask_nicely"},
    )
    trial.warehouse.execute("update bronze.event_aliases set renamed_on = date '2026-03-05'")
    trial.land(
        "a.ndjson",
        [
            sent("1", "order_placed", "2026-03-01T10:00:00Z", schema_version=9),
            sent("1", "order_placed", "2026-03-01T10:00:00Z", schema_version=9),
            sent("2", "ProductViewed", "2026-03-02T10:00:00Z"),
            sent("3", "ProductViewed", "2026-03-01T10:00:00Z"),
            sent("4", "tapped", "2026-03-05T10:00:00Z"),
            sent("5", "tapped", "2026-03-06T10:00:00Z"),
            sent("6", "was_asked", "2026-03-01T10:00:00Z"),
            sent("7", "late_bird", "2099-03-01T10:00:00Z"),
        ],
    )
    trial.run()
    unknown, form = "nobody knows it", "its name is no object_action in snake_case"
    assert trial.warehouse.rows(
        "select sent_event_name, event_name, event_count, command_count, unsupported_count, "
        "first_event_date, finding from silver.event_names "
        "where (finding is not null or command_count > 0) "
        "and sent_event_name <> 'product_add_to_cart' order by all"
    ) == [
        ("ProductViewed", "ProductViewed", 2, 0, 0, date(2026, 3, 1), f"{unknown}; {form}"),
        ("cart_empty", "cart_empty", 0, 0, 0, None, NOT_PAST),
        (
            *("order_placed", "order_placed", 0, 0, 1, date(2026, 3, 1)),
            "version 9 is set aside, as nobody knows it",
        ),
        (
            *("tapped", "button_pressed", 2, 0, 0, date(2026, 3, 5)),
            f"{unknown}; the old name of button_pressed is still sent",
        ),
        ("was_asked", "ask_nicely", 0, 1, 0, date(2026, 3, 1), None),
    ]
