"""Faults that make_demo.py can put into its stream, for the quality triggers to find.

Each strikes on the eighth day from the end, so that there are days before it to compare it with;
what stops, stops for good. The lines of other days stay as they are.
"""

import enum
import json
import random

compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
DAYS_BEFORE_END = 8
FIELDS = {"missing_platform": ["platform"], "missing_country_code": ["country_code"]}
FIELDS["missing_user"] = ["userId", "user_id", "customer_id", "anonymousId", "anonymous_id"]


class Fault(enum.StrEnum):
    """What may go wrong; the comment tells which trigger finds it."""

    volume_drop = enum.auto()  # volume: 1 in 5 page_viewed comes
    volume_spike = enum.auto()  # volume: each product_searched comes 4 times, with new ids
    vanished_name = enum.auto()  # vanished_name: no product_add_to_cart from that day on
    new_name = enum.auto()  # new_name: 1 in 3 cta_clicked is called cta_tapped
    stalled_sender = enum.auto()  # freshness: nothing from the server from that day on
    missing_app_version = enum.auto()  # missing_field: no event has it
    missing_platform = enum.auto()  # missing_field: 3 in 5 lack it
    missing_country_code = enum.auto()  # missing_field: 3 in 5 lack it
    missing_user = enum.auto()  # missing_field: 3 in 5 have neither user nor anonymous id
    repeated_lines = enum.auto()  # duplicates: 2 in 5 lines stand twice in their file
    broken_lines = enum.auto()  # rejects: 3 in 10 lines are malformed
    wrong_type = enum.auto()  # contract: 1 in 2 page_viewed has text for its whole numbers


LASTING = frozenset({Fault.vanished_name, Fault.stalled_sender})


def broken_share(faults: frozenset[Fault], usual: float) -> float:
    """Which share of a day's lines is followed by a malformed one."""
    return 0.45 if Fault.broken_lines in faults else usual


def afflicted(
    line: str, keys: tuple[str, str, str], faults: frozenset[Fault], dice: random.Random
) -> list[str]:
    """What has become of a line of the day, as lines: none, one or several.

    `keys`: what the sender calls the id, the name and the time of an event.
    """
    event = json.loads(line)
    event_id, name_key, _ = keys
    name, properties = event[name_key], event.get("properties", {})
    if (
        (Fault.volume_drop in faults and name == "page_viewed" and dice.random() < 0.8)
        or (Fault.vanished_name in faults and name == "product_add_to_cart")
        or (Fault.stalled_sender in faults and name_key == "type")
    ):
        return []
    if Fault.new_name in faults and name == "cta_clicked" and dice.random() < 1 / 3:
        event[name_key] = "cta_tapped"
    if Fault.missing_app_version in faults:
        event.pop("app_version", None)
    for fault, fields in FIELDS.items():
        if Fault(fault) in faults and dice.random() < 0.6:
            for field in fields:
                event.pop(field, None)
    if Fault.wrong_type in faults and name == "page_viewed" and dice.random() < 0.5:
        for key, value in properties.items():
            if isinstance(value, int):
                properties[key] = "n/a"
    lines = [compact(event)]
    if Fault.volume_spike in faults and name == "product_searched":
        for _ in range(3):
            again = event | {event_id: f"{dice.getrandbits(80):020x}"}
            lines.append(compact(again))
    if Fault.repeated_lines in faults and dice.random() < 0.4:
        lines *= 2
    return lines
