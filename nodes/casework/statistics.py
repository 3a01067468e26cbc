"""The yearly figures of Article 18 of Directive (EU) 2023/977 (ST-1 to ST-4), folded from plain facts. Pure.

The same facts give the same report, in whatever order they come. Each event counts in the calendar year, by the legal
time of this country, in which it happened: a request received in December and answered in January is received in one
report and answered in the next.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from statistics import median_low
from typing import Final

from policies.clocks.zones import DAY, HOUR, Zone
from protocol.cbor import Item, encode
from protocol.ids import MessageId

UNKNOWN: Final = "unknown"
"""Stands for the ground of a refusal whose content was erased before it was counted, and for a country not known."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_UTC: Final = Zone(0, summer=False)


class By(StrEnum):
    """Who submits requests from here: the single point of contact, or another authority that may do so itself."""

    CONTACT_POINT = "contact-point"
    AUTHORITY = "authority"


class Urgency(StrEnum):
    """How the time limit of a request runs."""

    URGENT = "urgent"
    NOT_URGENT = "not-urgent"


class Scope(StrEnum):
    """How much of a request a refusal refuses."""

    FULL = "full"
    PART = "part"


class Table(StrEnum):
    """The four tables, by their numbers in the requirements."""

    SUBMITTED = "ST-1"
    RECEIVED = "ST-2"
    REFUSED = "ST-3"
    DEVIATED = "ST-4"


ARTICLES: Final[Mapping[Table, str]] = {
    Table.SUBMITTED: "Directive (EU) 2023/977 Art 18(2)(a)",
    Table.RECEIVED: "Directive (EU) 2023/977 Art 18(2)(b)",
    Table.REFUSED: "Directive (EU) 2023/977 Art 18(2)(c)",
    Table.DEVIATED: "Directive (EU) 2023/977 Art 18(2)(d)",
}
KEYS: Final[Mapping[Table, tuple[str, ...]]] = {
    Table.SUBMITTED: ("month", "state", "by"),
    Table.RECEIVED: ("state", "urgency"),
    Table.REFUSED: ("state", "ground", "scope"),
    Table.DEVIATED: ("state",),
}
FIGURES: Final[Mapping[Table, tuple[str, ...]]] = {
    Table.SUBMITTED: ("submitted",),
    Table.RECEIVED: ("received", "replied"),
    Table.REFUSED: ("refused",),
    Table.DEVIATED: ("deviated", "ended", "median_hours", "longest_hours"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that left here: one fact for each country it was addressed to."""

    message: MessageId
    at: int
    country: str
    by: By


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal with its grounds; none where its content is gone."""

    message: MessageId
    at: int
    grounds: tuple[str, ...]
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """A request that came in, and what this node did about it.

    ``replied_at`` is the first answer to the whole of it. ``deviated_at`` is when its limit ended while a judicial
    authorisation was awaited under a notice that had been given in time; ``ended_at`` when it was closed, either way.
    """

    message: MessageId
    at: int
    country: str
    urgency: Urgency
    replied_at: int | None = None
    refusals: tuple[Refusal, ...] = ()
    deviated_at: int | None = None
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the report is made of. The country's legal time tells when its year begins; UTC without one."""

    asked: Sequence[Asked]
    handled: Sequence[Handled]
    zone: Zone | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its keys in the order of ``KEYS``, its figures in that of ``FIGURES``."""

    keys: tuple[str, ...]
    figures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The four tables of one year. ``digest`` is that of the facts: two reports with the same one are the same."""

    year: int
    tables: Mapping[Table, tuple[Row, ...]]
    digest: bytes

    def totals(self, table: Table) -> tuple[int, ...]:
        """Return the sum of each figure of a table; hours have no sum and are 0."""
        names = FIGURES[table]
        rows = self.tables[table]
        return tuple(
            0 if name.endswith("_hours") else sum(row.figures[at] for row in rows) for at, name in enumerate(names)
        )


def fold(year: int, facts: Facts) -> Report:
    """Return the report of a calendar year."""
    zone = facts.zone or _UTC

    def within(at: int | None) -> bool:
        return at is not None and _day(at, zone).year == year

    handled = sorted(facts.handled, key=lambda each: each.message)
    tables = {
        Table.SUBMITTED: _submitted((each for each in facts.asked if within(each.at)), zone),
        Table.RECEIVED: _received(handled, within),
        Table.REFUSED: _refused(handled, within),
        Table.DEVIATED: _deviated([each for each in handled if within(each.deviated_at)]),
    }
    return Report(year, tables, _digest(year, facts, within))


def _submitted(asked: Iterable[Asked], zone: Zone) -> tuple[Row, ...]:
    counted: Counter[tuple[str, ...]] = Counter()
    counted.update((_day(each.at, zone).isoformat()[:7], each.country, each.by.value) for each in asked)
    return _rows(counted)


def _received(handled: Sequence[Handled], within: Callable[[int | None], bool]) -> tuple[Row, ...]:
    received = Counter((each.country, each.urgency.value) for each in handled if within(each.at))
    replied = Counter((each.country, each.urgency.value) for each in handled if within(each.replied_at))
    return tuple(Row(keys, (received[keys], replied[keys])) for keys in sorted(received.keys() | replied.keys()))


def _refused(handled: Sequence[Handled], within: Callable[[int | None], bool]) -> tuple[Row, ...]:
    counted: Counter[tuple[str, ...]] = Counter()
    for each in handled:
        seen = {
            (each.country, ground, refusal.scope.value)
            for refusal in each.refusals
            if within(refusal.at)
            for ground in refusal.grounds or (UNKNOWN,)
        }
        counted.update(seen)  # a request refused twice on one ground is one request
    return _rows(counted)


def _deviated(handled: Sequence[Handled]) -> tuple[Row, ...]:
    rows = []
    for country in sorted({each.country for each in handled}):
        mine = [each for each in handled if each.country == country]
        late = [_hours(each) for each in mine if each.ended_at is not None]
        rows.append(Row((country,), (len(mine), len(late), median_low(late or [0]), max(late, default=0))))
    return tuple(rows)


def _hours(each: Handled) -> int:
    """Return the begun hours between the end of the limit and the end of the request."""
    return -(((each.deviated_at or 0) - (each.ended_at or 0)) // HOUR)


def _rows(counted: Mapping[tuple[str, ...], int]) -> tuple[Row, ...]:
    return tuple(Row(keys, (counted[keys],)) for keys in sorted(counted))


def _day(at: int, zone: Zone) -> date:
    return date.fromordinal(_EPOCH + (at + zone.offset(at)) // DAY)


def _digest(year: int, facts: Facts, within: Callable[[int | None], bool]) -> bytes:
    """Return the digest of all that counts in the year, which does not depend on the order of the facts.

    Each fact is hashed alone, and their hashes in ascending order: there may be very many of them.
    """
    asked: Iterator[Item] = (
        ["asked", each.message, each.at, each.country, each.by.value] for each in facts.asked if within(each.at)
    )
    handled = (_item(each, within) for each in facts.handled)
    hashes = (hashlib.sha256(encode(each)).digest() for each in chain(asked, handled) if each is not None)
    whole = hashlib.sha256(encode(year))
    for each in sorted(hashes):
        whole.update(each)
    return whole.digest()


def _item(each: Handled, within: Callable[[int | None], bool]) -> Item:
    refusals: list[Item] = [
        [refusal.message, refusal.at, sorted(refusal.grounds), refusal.scope.value]
        for refusal in sorted(each.refusals, key=lambda refusal: refusal.message)
        if within(refusal.at)
    ]
    received, replied = within(each.at), each.replied_at if within(each.replied_at) else None
    deviated = [each.deviated_at, each.ended_at] if within(each.deviated_at) else None
    if not (received or replied or refusals or deviated):
        return None
    return ["handled", each.message, received, each.country, each.urgency.value, replied, refusals, deviated]
