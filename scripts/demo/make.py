"""Write the demo stream: what a web shop with a mobile app would land, day by day.

    durable-events demo                                            # 60,000 events, 45 days
    durable-events demo --events 100000000 --out /big/landing      # the same shop, crowded

Each folder of the output is one landing day; its files hold what arrived that day, in about the
order of arrival, from three senders that do not agree on an envelope: `web` (messageId, event,
timestamp, ...), `app` (event_id, event_name, event_timestamp in ms, ...) and `server` (id, type,
occurred_at, ...). What was sent late lies in the files of the day it was sent, with an old time.

The same arguments give the same lines. The shop is cut into lanes, each with customers of its own:
a lane is what one process works on, day after day, and its dice are seeded from the seed, the lane
and the day. So neither the machine nor the number of processes shows in the result, and memory
holds one lane's day and what it is still to send, not the stream.

What is in it, and how much: shares of all well-formed lines, first deliveries and repeats alike,
which hold for any seed at the default size. Day N is the Nth landing day, counted from 0.

kind                      |      share % | what
--------------------------|--------------|---------------------------------------------------------
page_viewed               |    50 -   59 | web, app
product_searched          |    10 - 13.5 | web, app
product_add_to_cart       |   9.5 - 12.5 | web, app
button_clicked            |     5 -  6.5 | web, app; until day 20, then named cta_clicked
cta_clicked               |   5.8 -  7.6 | web, app; from day 20
checkout_completed        |   1.3 -    2 | web, app; schema_version 1: fires on the click
checkout_completed/2      |  0.45 -  0.9 | from day 25 also schema_version 2: fires when paid
user_signed_up            |   0.3 -  0.6 | web, app; carries the anonymous id and the new user id
user_logged_in            |   1.5 -  2.2 | web, app; 2 % on a device that another user has used
place_order_requested     |   1.3 -    2 | server; a command: 1 in 12 is refused (no order follows)
order_placed              |   1.2 -  1.9 | server; nested items; 14 % by guests: no user at all
payment_received          |   1.2 -  1.9 | server
order_cancelled           |  0.08 -  0.2 | server; 14.8 % of orders; after 0.12 d (p10), 9 d, 63 d
order_corrected           | 0.005 - 0.05 | server; 2 % of orders: corrects_event_id, a difference
refund_requested          |  0.03 -  0.1 | server; 5 % of orders; a command: 1 in 5 is refused
payment_refunded          |   0.1 - 0.25 | server; one item, or all of a cancelled order
chargeback_received       | 0.003 - 0.05 | server; 2 % of orders, after 5 to 30 d
wallet_deposited          |   0.2 - 0.45 | server
wallet_withdrawn          |  0.03 -  0.2 | server
wallet_corrected          |  0.02 -  0.1 | server; 1 in 8 entries; amount is the balance's change;
                          |              | some correct a correction, or an event never sent
customer_address_changed  |  0.07 -  0.2 | server; only the changed fields; null empties a field
plan_changed              |  0.06 - 0.18 | server
customer_row_changed      |   0.5 -  0.9 | server; change data capture: before, after, op, ts_ms
unknown names             |  0.06 - 0.18 | tmp_debug_ping, ProductViewed, legacy_hit
schema_version 99         |  0.06 - 0.18 | on a page_viewed or any other event of a client
wrong type in properties  |  0.15 - 0.35 | text or a list where a whole number belongs
no user and no anonymous  |   0.7 -    2 | visitors without consent, orders of guests
no platform               |   0.2 -  0.4 | of the web's and the app's events
no country_code           |   0.2 -  0.4 | of the web's and the app's events
no app_version            |  0.25 - 0.55 | of the app's events
sent 1 h to 24 h late     |   3.5 -  6.5 | app, offline; the whole batch is sent at once
sent 1 to 5 d late        |   0.5 -  1.6 | app, offline; of 3 % of the app's visits the second half
sent 30 to 150 d late     |   0.1 -  0.8 | app, offline; may be older than the first landing day
clock minutes ahead       |  0.15 -  0.6 | web, app; 2 to 50 minutes
clock years ahead         | 0.005 -  0.3 | web, app; the year is 2099
line sent twice           |  0.35 -  0.6 | on the same day or the next
file sent twice           |     1 -    4 | a whole file, 5 days later, from day 9 on every 15 days
line out of order         |     1 -    2 | swapped with any other line of its file
malformed                 |   0.2 -  0.5 | of all lines; eight kinds: see BROKEN; not in parquet

With --fault, what faults.py lists goes wrong besides.

Also: visits across midnight; 1.5 % of visits with a gap of exactly 30 minutes or 1 ms more; ties
in time; half the customer ids above 2^53; EUR, USD and GBP, all amounts as decimal text.
"""

import enum
import gzip
import io
import json
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from durable_events.demo.faults import (
    DAYS_BEFORE_END,
    LASTING,
    Fault,
    afflicted,
    broken_share,
    compact,
)

# All times are whole microseconds since 1970, UTC.
MS, SECOND, MINUTE, HOUR, DAY = 1_000, 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
SOURCES = ("web", "app", "server")
LANE_EVENTS = 25_000  # events a day: bounds the memory of a process and the size of a file
EVENTS_PER_VISIT = 8.61  # measured, all sources and repeats included
RENAMED_ON, V2_FROM = 20, 25  # days
REPLAY_FIRST, REPLAY_EVERY, REPLAY_AFTER = 9, 15, 5  # days
WEEK = (0.97, 1.0, 1.01, 1.02, 1.06, 1.02, 0.92)  # Monday to Sunday, mean 1
HOURS = (0, 6, 7, 7, 8, 8, 9, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 17, 18, 18, 19, 19, 19, 20, 20)
HOURS += (20, 21, 21, 21, 22, 22, 23)  # each as likely as the others

# How long after the order it is cancelled: (share of cancellations, days), straight between.
CANCEL_SHARE = 0.148
CANCEL_DAYS = ((0.0, 0.01), (0.1, 0.12), (0.5, 9.0), (0.9, 63.0), (1.0, 200.0))

PLACES = {  # country: currency, cities
    "DE": ("EUR", (("Berlin", "10115"), ("Köln", "50667"), ("München", "80331"))),
    "FR": ("EUR", (("Lyon", "69002"), ("Paris", "75011"), ("Saint-Étienne", "42000"))),
    "ES": ("EUR", (("Málaga", "29001"), ("Madrid", "28004"))),
    "NL": ("EUR", (("Utrecht", "3511"), ("Rotterdam", "3011"))),
    "GB": ("GBP", (("Leeds", "LS1 4AP"), ("Bristol", "BS1 5TR"))),
    "US": ("USD", (("Portland", "97205"), ("Austin", "78701"), ("Boston", "02108"))),
}
COUNTRIES = ("DE", "DE", "DE", "FR", "FR", "ES", "NL", "GB", "GB", "US", "US", "US")
PLANS = ("free", "plus", "family")
RATES = {"EUR": 100, "GBP": 86, "USD": 108}  # price level in %
PRICES = tuple(499 + (n * n * 37) % 9_500 // 50 * 50 for n in range(60))  # cents, by item
SEARCHES = ("lamp", "desk lamp", "chair", "rug 200x300", "Bücherregal", "sofá", "cushion", "🪴 pot")
BUTTONS = ("hero_banner", "newsletter", "size_guide", "show_more", "share", "wishlist")
UNKNOWN = ("tmp_debug_ping", "ProductViewed", "legacy_hit")
BROKEN = (
    "cut off", "plain text", "empty object", "array",
    "no name", "no time", "bad time", "not UTF-8",
)  # fmt: skip
# What each sender calls the id, the name and the time of an event.
KEYS = {
    "web": ("messageId", "event", "timestamp"),
    "app": ("event_id", "event_name", "event_timestamp"),
    "server": ("id", "type", "occurred_at"),
}


class Format(enum.StrEnum):
    """How the files are written; the value is their suffix."""

    ndjson = "ndjson"
    ndjson_gz = "ndjson.gz"
    parquet = "parquet"


@dataclass(frozen=True)
class Plan:
    """The arguments of a run.

    Args:
        end: the last landing day.
        days: how many landing days.
        events: how many events, about.
        seed: any whole number.
        out: the folder to write.
        format: how to write it.
        until: the last landing day to write now, for those who want to see the rest come later; all
            if not said.
        faults: what goes wrong besides.
    """

    end: date
    days: int
    events: int
    seed: int
    out: Path
    format: Format
    faults: frozenset[Fault] = frozenset()
    until: date | None = None

    @property
    def first(self) -> date:
        """The first landing day."""
        return self.end - timedelta(days=self.days - 1)

    @property
    def days_now(self) -> int:
        """How many landing days, from the first, are written now."""
        return self.days if self.until is None else (self.until - self.first).days + 1

    def faults_on(self, day: int) -> frozenset[Fault]:
        """What goes wrong on a landing day."""
        since = day - (self.days - DAYS_BEFORE_END)
        return self.faults if since == 0 else self.faults & LASTING if since > 0 else frozenset()

    @property
    def lanes(self) -> int:
        """How many slices the shop is cut into; depends on the size alone."""
        return max(1, -(-self.events // (self.days * LANE_EVENTS)))


@dataclass
class Counts:
    """What was written: files, bytes, lines, and how many of the lines are well-formed events."""

    files: int = 0
    bytes: int = 0
    lines: int = 0
    events: int = 0

    def add(self, other: "Counts") -> None:
        """Add the other's numbers to these."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(slots=True)
class Customer:
    """A customer as the shop's database has it, since the time `since`.

    `changed` is the time of the latest change to the row or to the wallet.
    """

    id: int
    since: int
    changed: int
    country: str
    city: int
    anonymous: dict[str, str]  # by client
    platform: str
    plan: str = "free"
    wallet: int = 0  # cents

    @property
    def currency(self) -> str:
        """The currency the customer pays in."""
        return PLACES[self.country][0]

    def change_at(self, at: int) -> int:
        """When a change wanted at `at` happens: after all earlier ones, as visits may overlap."""
        self.changed = max(at, self.changed + SECOND)
        return self.changed

    def row(self) -> dict:
        """The row of the customer table."""
        city, postal_code = PLACES[self.country][1][self.city]
        return {
            "id": self.id,
            "email": f"c{self.id}@example.com",
            "plan": self.plan,
            "city": city,
            "postal_code": postal_code,
        }


@dataclass(slots=True)
class Visit:
    """One visit through one client; `at` is the time of its latest event."""

    client: str
    at: int
    anonymous: str | None
    customer: Customer | None
    country: str
    platform: str
    known: bool  # whether the client knows who the customer is
    said: list[tuple] = field(default_factory=list)


@lru_cache(maxsize=4096)
def date_text(day: int) -> str:
    """The date of a day counted from 1970."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def iso(at: int, offset_hours: int | None = None) -> str:
    """A time as text: with ms and Z, or with µs and the offset if one is given."""
    day, rest = divmod(at + (offset_hours or 0) * HOUR, DAY)
    seconds, micros = divmod(rest, SECOND)
    minutes, seconds = divmod(seconds, 60)
    clock = f"{date_text(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    if offset_hours is None:
        return f"{clock}.{micros // MS:03d}Z"
    return f"{clock}.{micros:06d}{offset_hours:+03d}:00"


def member(key: str, value: object) -> str:
    """A member of a JSON object with a comma, or nothing if there is no value."""
    return f'"{key}":"{value}",' if value else ""


def money(cents: int) -> str:
    """An amount as decimal text: -250 is "-2.50"."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def cancel_days(share: float) -> float:
    """Days from order to cancellation that `share` (0 to 1) of cancellations do not exceed."""
    for (low, start), (high, end) in pairwise(CANCEL_DAYS):
        if share <= high:
            return start + (share - low) / (high - low) * (end - start)
    return CANCEL_DAYS[-1][1]


class Lane:
    """A slice of the shop, with customers of its own.

    Only `Random.random` and `Random.getrandbits` are used: these give the same numbers in every
    version of Python.

    Args:
        plan: the arguments of the run.
        number: which lane this is, from 0.
    """

    def __init__(self, plan: Plan, number: int) -> None:
        self.plan, self.number = plan, number
        self.start = (plan.first - date(1970, 1, 1)).days * DAY
        self.boxes = [{source: [] for source in SOURCES} for _ in range(plan.days)]
        self.replays: dict[int, tuple[str, list[str]]] = {}
        self.renamed_at = self.start + RENAMED_ON * DAY
        self.v2_at = self.start + V2_FROM * DAY
        self.visits = plan.events / plan.days / plan.lanes / EVENTS_PER_VISIT
        self.seed("customers")
        self.customers: list[Customer] = []
        self.joined = 0
        self.strangers = [self.token() for _ in range(200)]  # anonymous ids that may come back
        for _ in range(int(self.visits * 6) + 20):
            self.join(self.start - 200 * DAY, self.pick(COUNTRIES), {})

    # dice

    def seed(self, part: object) -> None:
        """Start the dice for one part of the lane's work."""
        dice = random.Random(f"{self.plan.seed}/{self.number}/{part}")
        self.random, self.bits = dice.random, dice.getrandbits
        # dice of its own: what the network does changes nothing in what people do
        self.network = random.Random(f"{self.plan.seed}/{self.number}/{part}/network").random

    def token(self) -> str:
        """A new id that no other lane or day has."""
        return f"{self.bits(80):020x}"

    def below(self, end: int) -> int:
        """A whole number from 0 to end - 1."""
        return int(self.random() * end)

    def low(self) -> float:
        """A number from 0 to 1; the lower the likelier. (`**` may differ by machine.)"""
        r = self.random()
        return r * r

    def pick(self, choices: tuple | list):
        """One of the choices."""
        return choices[int(self.random() * len(choices))]

    def times(self, mean: float) -> int:
        """The whole number below or above the mean, so that the mean comes out."""
        return int(mean + self.random())

    # delivery

    def deliver(self, arrival: int, source: str, line: str) -> None:
        """Put a line into the box of the day it arrives, unless the stream has ended by then."""
        day = (arrival - self.start) // DAY
        if day < self.plan.days:
            self.boxes[day][source].append((arrival, line))

    def server(self, name: str, at: int, customer: Customer | None, payload: dict) -> str:
        """Deliver a fact or a command from the server.

        Args:
            name: what happened.
            at: when; the line arrives some seconds later.
            customer: to whom; None for a guest.
            payload: anything that JSON can hold.

        Returns:
            The id of the event.
        """
        event_id, r = self.token(), self.random()
        offset = 0 if r < 0.85 else 2 if r < 0.95 else -5
        # a JSON number, often too big for a double
        who = f'"customer_id":{customer.id},' if customer else ""
        line = (
            f'{{"id":"{event_id}","type":"{name}","occurred_at":"{iso(at, offset)}",{who}'
            f'"source":"server","payload":{compact(payload)}}}'
        )
        self.deliver(at + SECOND + self.below(2 * SECOND), "server", line)
        return event_id

    def say(self, visit: Visit, name: str, properties: str, page: str = "/", version: int = 0):
        """Note an event of a client; it is sent by `send`.

        Args:
            visit: who, where and when.
            name: what happened.
            properties: a JSON object.
            page: path of the page; the app has none.
            version: schema_version; 0 for none.
        """
        user = visit.customer.id if visit.known else None
        visit.said.append((name, visit.at, user, visit.anonymous, properties, page, version))

    def send(self, visit: Visit, sent: int | None = None) -> None:
        """Deliver what a client noted: from the web at once, from the app as one batch.

        Args:
            visit: the visit.
            sent: when the app's batch is sent; None for right after the last event.
        """
        random_, web = self.random, visit.client == "web"
        to_2099 = (date(2099, 12, 31) - self.plan.end).days * DAY
        sent = sent or visit.at + 3 * SECOND
        r = random_()  # the device's clock may run ahead
        ahead = (120 + self.below(2880)) * SECOND if r < 0.004 else to_2099 if r > 0.999 else 0
        release = max(0, (visit.at - self.start) // DAY + 150) // 14
        for said in visit.said:
            name, at, user, anonymous, properties, page, version = said
            platform, country, app_version = visit.platform, visit.country, f"5.{release}.0"
            r = random_()
            if r < 0.02:  # most events are as they should be: one throw for all rare faults
                if r < 0.0012:
                    name = self.pick(UNKNOWN)
                elif r < 0.0024:
                    version = 99
                elif r < 0.0048:
                    properties = self.mistype(properties)
                elif r < 0.008:
                    platform = None
                elif r < 0.0112:
                    country = None
                elif not web:
                    app_version = None
            numbered = f'"schema_version":{version},' if version else ""
            at += ahead
            if web:
                now = at + (200 + int(random_() * 1800)) * MS
                line = (
                    f'{{"messageId":"{self.bits(80):020x}","event":"{name}",'
                    f'"timestamp":"{iso(at)}","sentAt":"{iso(now)}",'
                    f"{member('userId', user)}"
                    f"{member('anonymousId', anonymous)}"
                    f"{numbered}"
                    f"{member('platform', platform)}"
                    f"{member('country_code', country)}"
                    f'"page_url":"https://shop.example{page}","source":"web",'
                    f'"properties":{properties}}}'
                )
                self.deliver(now - ahead, "web", line)
            else:
                line = (
                    f'{{"event_id":"{self.bits(80):020x}","event_name":"{name}",'
                    f'"event_timestamp":{at // MS},"src_ts":{(sent + ahead) // MS},'
                    f"{member('user_id', user)}"
                    f"{member('anonymous_id', anonymous)}"
                    f"{numbered}"
                    f"{member('app_version', app_version)}"
                    f"{member('platform', platform)}"
                    f"{member('country_code', country)}"
                    f'"source_system":"app","properties":{properties}}}'
                )
                self.deliver(sent, "app", line)

    def mistype(self, properties: str) -> str:
        """Put text or a list where the properties hold a whole number."""
        values = json.loads(properties)
        for key, value in values.items():
            if isinstance(value, int):
                values[key] = [value] if self.random() < 0.3 else "n/a"
                break
        return compact(values)

    # customers

    def join(self, at: int, country: str, anonymous: dict[str, str]) -> Customer:
        """A new customer, since `at`, with the anonymous ids (by client) already given."""
        self.joined += 1
        number = self.number * 10_000_000 + self.joined
        customer = Customer(
            # ids of the old system and of the new one, which a double can't hold
            id=number + (10_000 if number % 2 else 7_214_338_905_620_000_000),
            since=at,
            changed=at,
            country=country,
            city=self.below(len(PLACES[country][1])),
            anonymous={"web": self.token(), "app": self.token()} | anonymous,
            platform="ios" if self.random() < 0.45 else "android",
        )
        self.customers.append(customer)
        return customer

    def captured(self, at: int, op: str, customer: Customer, before: dict | None) -> None:
        """Deliver the change of a customer's row as change data capture sends it."""
        after = None if op == "d" else customer.row()
        payload = {"before": before, "after": after, "op": op, "ts_ms": at // MS}
        self.server("customer_row_changed", at, customer, payload)

    def change(self, visit: Visit) -> None:
        """The customer moves, changes the plan or, seldom, leaves."""
        customer, r = visit.customer, self.random()
        at = customer.change_at(visit.at + 5 * SECOND)
        before = customer.row()
        if r < 0.5:
            cities = PLACES[customer.country][1]
            customer.city = (customer.city + 1) % len(cities)
            after = customer.row()
            changed = {key: value for key, value in after.items() if value != before[key]}
            if self.random() < 0.3:
                changed["address_line_2"] = None if self.random() < 0.5 else "c/o Weber"
            if self.random() < 0.2:
                del changed["city"]
            self.server("customer_address_changed", at, customer, changed)
        elif r < 0.92:
            customer.plan = PLANS[(PLANS.index(customer.plan) + 1 + self.below(2)) % 3]
            change = {"from_plan": before["plan"], "to_plan": customer.plan}
            self.server("plan_changed", at, customer, change)
        else:
            self.customers[self.customers.index(customer)] = self.customers[-1]
            self.customers.pop()
        self.captured(at + 40 * MS + self.below(MS), "d" if r >= 0.92 else "u", customer, before)

    def wallet(self, visit: Visit) -> None:
        """Money into or out of the customer's wallet; some entries are corrected later."""
        customer = visit.customer
        at = customer.change_at(visit.at + 2 * SECOND)
        account = {"account_id": f"wallet-{customer.id}", "currency": customer.currency}
        if customer.wallet < 500 or self.random() < 0.4:
            name, amount = "wallet_deposited", (1 + self.below(20)) * 500
            customer.wallet += amount
        else:
            name, amount = "wallet_withdrawn", 100 + self.below(customer.wallet // 2)
            customer.wallet -= amount
        entry = self.server(name, at, customer, account | {"amount": money(amount)})
        while self.random() < 0.125:  # a correction may need a correction
            at += HOUR + self.below(8 * DAY)
            difference = (amount // 10 or 1) * (1 if self.random() < 0.5 else -1)
            customer.wallet += difference
            if self.random() < 0.05:
                entry = self.token()  # of an event that nobody has seen
            account |= {"amount": money(difference), "corrects_event_id": entry}
            entry = self.server("wallet_corrected", at, customer, account)

    # visits

    def day_start(self, day: int) -> int:
        """The moment at which the landing day begins."""
        return self.start + day * DAY

    def moment(self, day: int) -> int:
        """A time of the day, in whole ms; evenings are likelier than nights."""
        return self.day_start(day) + self.pick(HOURS) * HOUR + self.below(3_600_000) * MS

    def visit(self, at: int, client: str, customer: Customer | None) -> Visit:
        """A visit that begins at `at`; without a customer it is a stranger's."""
        if customer:
            platform = "web" if client == "web" else customer.platform
            anonymous, known = customer.anonymous[client], self.random() < 0.7
            return Visit(client, at, anonymous, customer, customer.country, platform, known)
        platform = "web" if client == "web" else self.pick(("ios", "android"))
        if self.random() < 0.02:
            anonymous = None  # no consent
        elif self.random() < 0.3:
            anonymous = self.pick(self.strangers)
        else:
            anonymous = self.strangers[self.below(200)] = self.token()
        return Visit(client, at, anonymous, None, self.pick(COUNTRIES), platform, False)

    def browse(self, visit: Visit, steps: int) -> list[tuple[int, int]]:
        """Look around for a number of steps; gives the cart: (item, quantity)."""
        random_, low, say, cart = self.random, self.low, self.say, []
        pause = self.below(steps) if random_() < 0.015 else -1
        price_level = RATES[PLACES[visit.country][0]]
        for step in range(steps):
            r = random_()
            if step and r < 0.97:  # else a tie with the event before
                visit.at += (1_500 + int(low() * 90_000)) * MS
            if step and step == pause:
                visit.at = visit.said[-1][1] + 30 * MINUTE + (MS if r < 0.4 else 0)
            item = int(low() * 60)
            r = random_()
            if r < 0.55 or not step:
                kind = "product" if r < 0.35 else "category" if r < 0.46 else "home"
                page = f"/p/{item}" if r < 0.35 else f"/c/{item % 7}" if r < 0.46 else "/"
                scroll = int(random_() * 101)
                sku = f',"sku":"SKU-{item:03d}"' if r < 0.35 else ""
                text = f'{{"page_type":"{kind}","scroll_percent":{scroll}{sku}}}'
                say(visit, "page_viewed", text, page)
            elif r < 0.7:
                found = int(low() * 40)
                text = f'{{"query":"{self.pick(SEARCHES)}","result_count":{found}}}'
                say(visit, "product_searched", text, "/search")
            elif r < 0.86:
                name = "button_clicked" if visit.at < self.renamed_at else "cta_clicked"
                text = f'{{"cta":"{self.pick(BUTTONS)}","position":{1 + int(random_() * 6)}}}'
                say(visit, name, text, f"/p/{item}")
            else:
                quantity = 1 + int(low() * low() * 8)
                price = money(PRICES[item] * price_level // 100)
                text = (
                    f'{{"sku":"SKU-{item:03d}","quantity":{quantity},"unit_price":"{price}",'
                    f'"currency":"{PLACES[visit.country][0]}"}}'
                )
                say(visit, "product_add_to_cart", text, f"/p/{item}")
                cart.append((item, quantity))
        return cart

    def enter(self, visit: Visit) -> None:
        """A known customer logs in; a stranger may sign up."""
        if visit.customer and not visit.known:
            if self.random() < 0.02:  # on a device that someone else uses
                visit.anonymous = self.pick(self.customers).anonymous[visit.client]
            visit.known = True
            visit.at += 4 * SECOND
            self.say(visit, "user_logged_in", '{"method":"password","attempts":1}', "/login")
        elif visit.anonymous and not visit.customer and self.random() < 0.09:
            visit.at += 20 * SECOND
            ids = {visit.client: visit.anonymous}
            visit.customer, visit.known = self.join(visit.at, visit.country, ids), True
            self.say(visit, "user_signed_up", '{"method":"email","form_fields":4}', "/signup")
            self.captured(visit.at + 300 * MS, "c", visit.customer, None)

    def buy(self, visit: Visit, cart: list[tuple[int, int]]) -> None:
        """Check out, and what follows from it in the weeks to come."""
        customer, checkout, order = visit.customer, self.token(), f"ord-{self.token()}"
        currency = PLACES[visit.country][0]
        price = [PRICES[item] * RATES[currency] // 100 for item, _ in cart]
        total = sum(cents * n for cents, (_, n) in zip(price, cart, strict=True))
        discount = total // 10 if self.random() < 0.06 else 0  # a voucher, known only when paid
        paid = money(total - discount)
        count = sum(n for _, n in cart)

        def checked_out(version: int, amount: str, **more: str) -> None:
            properties = {"checkout_id": checkout, **more, "amount": amount, "currency": currency}
            properties["item_count"] = count
            self.say(visit, "checkout_completed", compact(properties), "/checkout", version)

        visit.at += 15 * SECOND + self.below(60_000) * MS
        checked_out(1, money(total))
        request = {"checkout_id": checkout, "amount": paid, "currency": currency}
        self.server("place_order_requested", visit.at + 80 * MS, customer, request)
        if self.random() < 1 / 12:
            return
        at = visit.at + SECOND + self.below(5 * SECOND)
        items = [
            {"sku": f"SKU-{item:03d}", "quantity": n, "unit_price": money(cents)}
            for cents, (item, n) in zip(price, cart, strict=True)
        ]
        placed = self.server(
            "order_placed",
            at,
            customer,
            {
                "order_id": order,
                "checkout_id": checkout,
                "currency": currency,
                "items": items,
                "discount": money(discount),
                "amount": paid,
                "is_guest": customer is None,
            },
        )
        about = {"order_id": order, "payment_id": f"pay-{self.token()}", "currency": currency}
        self.server("payment_received", at + 2 * SECOND, customer, about | {"amount": paid})
        visit.at += 8 * SECOND
        if visit.at >= self.v2_at:
            checked_out(2, paid, order_id=order)
        self.aftermath(at, customer, about, placed, total=total - discount, first_price=price[0])

    def aftermath(
        self,
        at: int,
        customer: Customer | None,
        about: dict[str, str],
        placed: str,
        *,
        total: int,
        first_price: int,
    ) -> None:
        """Cancellation, refund, chargeback or correction of an order.

        Args:
            at: when the order was placed.
            customer: by whom.
            about: ids and currency of order and payment.
            placed: event id of the order.
            total: what was paid, in cents.
            first_price: price of the first item, in cents.
        """
        order = {key: about[key] for key in ("order_id", "currency")}
        r = self.random()
        if r < CANCEL_SHARE:
            cancelled = at + int(cancel_days(self.random()) * DAY)
            reason = self.pick(("changed_mind", "too_slow", "out_of_stock", "fraud_suspected"))
            payload = order | {"amount": money(total), "reason": reason}
            self.server("order_cancelled", cancelled, customer, payload)
            refunded = cancelled + HOUR + self.below(2 * DAY)
            payload = about | {"amount": money(total)}
            self.server("payment_refunded", refunded, customer, payload)
        elif r < CANCEL_SHARE + 0.05:
            part = money(min(first_price, total))
            asked = at + DAY + self.below(19 * DAY)
            self.server("refund_requested", asked, customer, order | {"amount": part})
            if self.random() < 0.8:
                refunded = asked + HOUR + self.below(3 * DAY)
                self.server("payment_refunded", refunded, customer, about | {"amount": part})
        elif r < CANCEL_SHARE + 0.07:
            payload = about | {"amount": money(total), "reason_code": "10.4"}
            self.server("chargeback_received", at + (5 + self.below(26)) * DAY, customer, payload)
        elif r > 0.98:
            difference = -max(1, total // (5 + self.below(15)))
            payload = order | {"corrects_event_id": placed, "amount": money(difference)}
            self.server("order_corrected", at + HOUR + self.below(20 * DAY), customer, payload)

    def shop(self, at: int) -> None:
        """One visit of someone who is online."""
        known = self.random() < 0.55
        client = "web" if self.random() < (0.5 if known else 0.65) else "app"
        visit = self.visit(at, client, self.pick(self.customers) if known else None)
        cart = self.browse(visit, 3 + int(self.low() * 15))
        self.enter(visit)
        # strangers may buy as guests, on the web only
        if cart and self.random() < (0.4 if visit.known else 0.145 if client == "web" else 0):
            self.buy(visit, cart)
        if visit.known:
            if visit.customer.id % 5 == 0 and self.random() < 0.3:  # one in five has a wallet
                self.wallet(visit)
            if self.random() < 0.04:
                self.change(visit)
        middle = len(visit.said) // 2
        if client == "app" and middle and self.network() < 0.03:  # it goes away in mid-visit
            rest, visit.said = visit.said[middle:], visit.said[:middle]
            self.send(visit)
            visit.said = rest
            hours = 2 + 22 * self.network() if self.network() < 0.5 else 24 + 96 * self.network()
            self.send(visit, visit.at + int(hours * 3_600_000) * MS)
        else:
            self.send(visit)

    def offline(self, sent: int) -> None:
        """One visit of someone whose app had no network, and sends its batch at `sent`."""
        r = self.random()
        if r < 0.79:
            late = 2 * HOUR + self.below(22 * 3_600_000) * MS
        elif r < 0.95:
            late = DAY + self.below(4 * 86_400_000) * MS
        else:
            late = 30 * DAY + self.below(119 * 86_400_000) * MS
        customer = self.pick(self.customers)
        if customer.since > sent - late:  # not a customer yet: a stranger's batch
            customer = None
        visit = self.visit(sent - late, "app", customer)
        self.browse(visit, 3 + int(self.low() * 15))
        self.send(visit, sent)

    # days

    def land(self, day: int) -> dict[str, tuple[list[str], list[str]]]:
        """All that arrives on one landing day; to be called for each day in turn.

        Args:
            day: which day, from 0.

        Returns:
            For each source its well-formed lines, and the same with malformed ones in between.
        """
        self.seed(day)
        weekday = (self.plan.first + timedelta(days=day)).weekday()
        visits = self.visits * WEEK[weekday]
        # in the order of time, so that a customer's changes are
        for at in sorted(self.moment(day) for _ in range(self.times(visits * 0.93))):
            self.shop(at)
        for _ in range(self.times(visits * 0.07)):
            self.offline(self.moment(day))
        box, self.boxes[day] = self.boxes[day], {}
        return {source: self.pack(day, source, sorted(box[source])) for source in SOURCES}

    def pack(
        self, day: int, source: str, arrived: list[tuple[int, str]]
    ) -> tuple[list[str], list[str]]:
        """Repeat, swap and break some of the lines that arrived, as `land` returns them."""
        for _ in range(self.times(len(arrived) * 0.0025)):
            arrival, line = self.pick(arrived)
            self.deliver(arrival + DAY, source, line)
        lines = [line for _, line in arrived]
        faults = self.plan.faults_on(day)
        if faults:
            dice = random.Random(f"{self.plan.seed}/{self.number}/{day}/{source}/faults")
            lines = [sent for line in lines for sent in afflicted(line, KEYS[source], faults, dice)]
        for _ in range(self.times(len(lines) * 0.0025)):
            lines.insert(self.below(len(lines)), self.pick(lines))
        for _ in range(self.times(len(lines) * 0.005)):
            a, b = self.below(len(lines)), self.below(len(lines))
            lines[a], lines[b] = lines[b], lines[a]

        # one file in REPLAY_EVERY days is kept, and sent again REPLAY_AFTER days later
        turn, rest = divmod(day + REPLAY_AFTER - REPLAY_FIRST, REPLAY_EVERY)
        if rest == 0 and source == SOURCES[(turn + self.number) % len(SOURCES)]:
            self.replays[day + REPLAY_AFTER] = source, lines[:]
        if day in self.replays and source == self.replays[day][0]:
            lines += self.replays.pop(day)[1]

        landed = []
        for line in lines:
            landed.append(line)
            if self.random() < broken_share(faults, 0.0033):
                landed.append(self.broken(source, line))
        return lines, landed

    def broken(self, source: str, line: str) -> str:
        """A malformed line, made from a good one."""
        kind = self.pick(BROKEN)
        if kind == "cut off":
            return line[: 20 + self.below(len(line) - 40)]
        if kind == "plain text":
            return "upstream connect error or disconnect/reset before headers"
        if kind == "empty object":
            return "{}"
        if kind == "array":
            return f"[{line}]"
        if kind == "not UTF-8":
            return line.replace(':"', ':"\udcff\udcc3', 1)  # surrogates become these bytes
        event = json.loads(line)
        event_id, name, at = KEYS[source]
        event[event_id] = self.token()
        if kind == "bad time":
            event[at] = "2026-13-45T25:61:00Z"
        else:
            del event[name if kind == "no name" else at]
        return compact(event)


def as_utc(value: str | int | None) -> datetime | None:
    """A sender's time (ISO text or epoch ms) as UTC without zone, as Parquet stores it."""
    if value is None:
        return None
    if isinstance(value, int):
        moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value)
    else:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    return moment.replace(tzinfo=None)


def envelope(source: str, line: str) -> dict:
    """A row of Parquet for a well-formed line of that source."""
    event = json.loads(line)
    event_id, name, at = KEYS[source]
    user = event.get("userId") or event.get("user_id") or event.get("customer_id")
    plain = ("schema_version", "app_version", "platform", "country_code", "page_url")
    return {key: event.get(key) for key in plain} | {
        "event_id": event[event_id],
        "event_name": event[name],
        "event_time": as_utc(event[at]),
        "user_id": None if user is None else str(user),
        "anonymous_id": event.get("anonymousId") or event.get("anonymous_id"),
        "src_ts": as_utc(event.get("sentAt") or event.get("src_ts")),
        "source_system": source,
        "properties": compact(event.get("properties") or event.get("payload")),
    }


def encode(fmt: Format, source: str, good: list[str], landed: list[str]) -> bytes:
    """The bytes of a file.

    Args:
        fmt: how to write it.
        source: web, app or server.
        good: its well-formed lines.
        landed: the same with malformed ones in between; Parquet can't hold these.
    """
    if fmt is Format.parquet:
        from durable_events.demo.parquet import packed

        return packed([envelope(source, line) for line in good])
    text = "".join([line + "\n" for line in landed]).encode("utf-8", "surrogateescape")
    if fmt is Format.ndjson:
        return text
    packed = io.BytesIO()
    # no file name and no time in the header: both would change the bytes from run to run
    with gzip.GzipFile("", "wb", 6, packed, mtime=0) as file:
        file.write(text)
    return packed.getvalue()


def write_lane(plan: Plan, number: int) -> Iterator[Counts]:
    """Write one lane's files and give the counts of each landing day."""
    lane = Lane(plan, number)
    for day in range(plan.days_now):
        folder = plan.out / (plan.first + timedelta(days=day)).isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        counts = Counts()
        for source, (good, landed) in lane.land(day).items():
            path = folder / f"{source}-{number:03d}.{plan.format}"
            data = encode(plan.format, source, good, landed)
            # the same arguments give the same file; who reads meanwhile sees whole files only
            if not path.exists():
                path.with_suffix(".part").write_bytes(data)
                path.with_suffix(".part").rename(path)
            lines = len(good if plan.format is Format.parquet else landed)
            counts.add(Counts(1, len(data), lines, len(good)))
        yield counts


def _share(counter: Synchronized) -> None:
    """Give a worker the counter of landing days that it shares with the main process."""
    _write_lane.landed = counter


def _write_lane(plan: Plan, number: int) -> Counts:
    """Write one lane's files in a worker."""
    total = Counts()
    for counts in write_lane(plan, number):
        total.add(counts)
        with _write_lane.landed.get_lock():
            _write_lane.landed.value += 1
    return total


def write(plan: Plan, processes: int, tick: Callable[[int], None]) -> Counts:
    """Write the whole stream.

    Args:
        plan: the arguments of the run.
        processes: how many may work at once; has no influence on the result.
        tick: called now and then with the number of landing days done, over all lanes.
    """
    total, done = Counts(), 0
    if min(processes, plan.lanes) == 1:
        for number in range(plan.lanes):
            for counts in write_lane(plan, number):
                total.add(counts)
                tick(done := done + 1)
        return total
    counter = multiprocessing.Value("q", 0)
    with ProcessPoolExecutor(processes, initializer=_share, initargs=(counter,)) as pool:
        open_ = {pool.submit(_write_lane, plan, number) for number in range(plan.lanes)}
        while open_:
            closed, open_ = wait(open_, timeout=0.2, return_when="FIRST_COMPLETED")
            for future in closed:
                total.add(future.result())
            tick(counter.value)
    return total


def claim(plan: Plan) -> None:
    """Make the folder and note the arguments in it, so that no two streams get mixed up.

    Raises:
        typer.BadParameter: the folder holds something else.
    """
    note = plan.out / "ARGUMENTS.txt"
    text = f"--events {plan.events} --days {plan.days} --end-date {plan.end} --seed {plan.seed}"
    text += f" --format {plan.format}"
    text += "".join(f" --fault {fault}" for fault in sorted(plan.faults)) + "\n"
    ours = note.exists() and note.read_text() == text
    if plan.out.exists() and any(plan.out.iterdir()) and not ours:
        raise typer.BadParameter(
            f"{plan.out} already holds files that other arguments or programs have written. "
            "Choose an empty folder, or remove this one.",
            param_hint="--out",
        )
    plan.out.mkdir(parents=True, exist_ok=True)
    note.write_text(text)


def main(
    *,
    events: Annotated[int, typer.Option(min=1, help="How many events, about.")] = 60_000,
    days: Annotated[int, typer.Option(min=1, help="How many landing days.")] = 45,
    end_date: Annotated[
        date,
        typer.Option(parser=date.fromisoformat, metavar="DATE", help="The last landing day."),
    ] = "2026-06-30",
    seed: Annotated[int, typer.Option(help="Another seed, another stream.")] = 7,
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("landing/demo"),
    fmt: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.ndjson_gz,
    until: Annotated[
        date | None,
        typer.Option(
            parser=date.fromisoformat,
            metavar="DATE",
            help="The last landing day to write now; the same command without it writes the rest.",
        ),
    ] = None,
    fault: Annotated[
        list[Fault] | None,
        typer.Option(help="What is to go wrong on the eighth day from the end; may be repeated."),
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many work at once.")] = (
        os.cpu_count() or 1
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Sum up as JSON.")] = False,
) -> None:
    """Write the events of a made-up shop, day by day.

    Example: durable-events demo --days 60 --fault volume_drop --out landing/demo

    One folder for each landing day; the same arguments give the same lines.
    """
    plan = Plan(end_date, days, events, seed, out, fmt, frozenset(fault or ()), until)
    if not 0 < plan.days_now <= days:
        raise typer.BadParameter(
            f"{until} is no landing day: they go from {plan.first} to {plan.end}.",
            param_hint="--until",
        )
    claim(plan)
    began = time.perf_counter()
    console = Console(stderr=True)
    with Progress(console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("landing days", total=plan.lanes * plan.days_now)
        counts = write(plan, processes, lambda done: bar.update(task, completed=done))
    seconds = time.perf_counter() - began
    if as_json:
        summary = vars(counts) | {"first": str(plan.first), "last": str(until or plan.end)}
        typer.echo(json.dumps(summary | {"out": str(out), "seconds": round(seconds, 2)}))
    else:
        typer.echo(
            f"{counts.events:,} events on {counts.lines:,} lines in {counts.files:,} files "
            f"({counts.bytes / 1e6:,.1f} MB), landed {plan.first} to {until or plan.end}, "
            f"in {out} after {seconds:.1f} s"
        )
