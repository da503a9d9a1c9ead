"""What JSON and its values are, for the oracle: no number loses a digit, nothing is guessed."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime.fromisoformat("1970-01-01")  # all times are UTC without zone
YEAR_1 = -62_135_596_800 * 10**6  # microseconds before 1970
MICROSECOND, DAY = timedelta(microseconds=1), timedelta(days=1)


MALFORMED = object()


class Raw(str):
    """A JSON number as it was written."""


class Members(list):
    """The members of a JSON object, (key, value) pairs in the order sent, repeats included."""

    def get(self, key: str):
        return next((value for name, value in self if name == key), None)


def parsed(text: str):
    """JSON with every digit of an integer, or MALFORMED."""
    try:
        value = json.loads(
            text, parse_int=Raw, parse_float=number, parse_constant=Raw, object_pairs_hook=Members
        )
        compact(value).encode()  # not so for a lone surrogate
    except (ValueError, RecursionError):
        return MALFORMED
    return value


def number(text: str) -> Raw:
    """A number with a point or an exponent, as short as it can be said: 1.50 is 1.5, 1e3 1000.0."""
    if float(text) in (float("inf"), float("-inf")):
        return Raw(text)
    plain = format(Decimal(repr(float(text))), "f")
    return Raw(plain if "." in plain else plain + ".0")


def compact(value) -> str:
    """A value as JSON without spaces."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Members):
        members = [compact(str(key)) + ":" + compact(item) for key, item in value]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def time_of(text: str | None) -> datetime | None:
    """The UTC time of a number since 1970, of ISO 8601 text, or of what is seen less."""
    if text is None:
        return None
    if re.fullmatch(r"-?[0-9]{18,19}", text):
        nanos = int(text)
        micros = abs(nanos) // 1000 * (1 if nanos > 0 else -1)
        return EPOCH + micros * MICROSECOND if abs(nanos) < 2**63 else None
    is_number = re.fullmatch(r"-?[0-9]{1,17}([.][0-9]+)?", text)
    return epoch_time(text) if is_number else iso_time(text) or other_time(text)


def other_time(text: str) -> datetime | None:
    """The time of a text in a form of databases, mail or logs."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    named = re.fullmatch(
        r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d?\d) (\w{3}) (\d{4}) (.*)", text
    )
    dense = re.fullmatch(r"(\d{4})(\d\d)(\d\d)[Tt](\d\d)(\d\d)(\d\d)?(.*)", text)
    if named and named[2] in months:
        text = f"{named[3]}-{months.index(named[2]) + 1:02}-{int(named[1]):02}T{named[4]}"
    elif dense:
        year, month, day, hour, minute, second, rest = dense.groups()
        text = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{rest}"
    zone = re.fullmatch(r"(.*?)([Zz]|[+-]\d\d:?\d\d|[+-]\d\d)?\[([\w/+-]+)\]", text, re.ASCII)
    if zone and zone[2] is None:
        try:
            local = other_time(zone[1]) or iso_time(zone[1])
            here = local and local.replace(tzinfo=ZoneInfo(zone[3])).astimezone(UTC)
        except (ZoneInfoNotFoundError, ValueError):
            return None
        return here and here.replace(tzinfo=None)
    text = zone[1] + zone[2] if zone else text
    text = re.sub(" ?(UTC|GMT|UT)$", "Z", text)
    text = re.sub(r" ([+-]\d\d(:?\d\d)?|[Zz])$", r"\1", text)
    midnight = re.fullmatch(
        r"(.{10}[Tt ])24(:00(?::00(?:[.,]0+)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)", text
    )
    if midnight:
        begin = iso_time(midnight[1] + "00" + midnight[2])
        return begin and begin + DAY
    return iso_time(text)


def epoch_time(text: str) -> datetime | None:
    """The time of a number: of the three units the first that gives one of the years 1 to 5138."""
    whole, _, fraction = text.partition(".")
    for unit in (10**6, 10**3, 1):
        micros = int(Decimal(f"{whole}.{fraction[:6]}") * unit)
        if YEAR_1 <= micros < 10**17:
            return EPOCH + micros * MICROSECOND
    return None


def iso_time(text: str) -> datetime | None:
    """The time of ISO 8601 text, with or without an offset."""
    iso = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)([Tt ](\d\d:\d\d)(:\d\d([.]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?",
        text.replace(",", "."),
        re.ASCII,
    )
    if not iso:
        return None
    day, _, minute, second, fraction, offset, _ = iso.groups()
    second = second and second[:3]
    micros = (fraction or ".")[1:7].ljust(6, "0")
    try:
        local = datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ':00'}.{micros}")
    except ValueError:
        return None
    if offset in (None, "Z", "z"):
        return local
    hours, minutes = int(offset[1:3]), int(offset[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        return None
    ahead = timedelta(hours=hours, minutes=minutes)
    return local - ahead if offset[0] == "+" else local + ahead


INTEGERS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64, "hugeint": 128}
NUMBER = r"-?[0-9]+([.][0-9]+)?"


def text_of(value) -> str | None:
    """A JSON value as text, strings without quotes."""
    return value if value is None or isinstance(value, str) else compact(value)


def at(value, path: str):
    """What JSON holds at a path such as `$.a."b c"`."""
    for quoted, plain in re.findall(r'[.](?:"([^"]*)"|([^."]+))', path):
        value = value.get(quoted or plain) if isinstance(value, Members) else None
    return value


def cast(value, data_type: str):
    """A JSON value as a type, None if it is no value of that type to the last digit."""
    text, is_nested = text_of(value), isinstance(value, list)
    is_list = is_nested and not isinstance(value, Members)
    family, *size = re.findall(r"[a-z]+|[0-9]+", data_type)
    if text is None:
        family = "varchar"
    match family:
        case "varchar" | "json" | "list":
            fits = {"varchar": not is_nested, "json": is_nested, "list": is_list}
            return text if fits[family] else None
        case "timestamp":
            return time_of(text)
        case "date":
            time = iso_time(text) if len(text) == 10 else None
            return time and time.date()
        case "boolean":
            return {"true": True, "false": False}.get(text)
        case "double":
            return float(text) if re.fullmatch(NUMBER + "([eE][+-]?[0-9]{1,2})?", text) else None
    return exact_number(text, family, *map(int, size))


def exact_number(text: str, family: str, digits: int = 0, scale: int = 0) -> int | Decimal | None:
    """A number of a whole or decimal type."""
    if not re.fullmatch(NUMBER, text):
        return None
    shifted = Fraction(text) * 10**scale
    limit = 2 ** (INTEGERS[family] - 1) if family in INTEGERS else 10**digits
    low = -limit if family in INTEGERS else 1 - limit
    if shifted.denominator > 1 or not low <= shifted < limit:
        return None
    return int(shifted) if family in INTEGERS else Decimal(int(shifted)).scaleb(-scale)
