"""When what is kept about a person has to go, and on which ground. Pure: the time is an argument.

The shortest limit counts: the date that the sender set, the limit of national law, the end of the need as a review
found it (LED Article 5, PCC Article 31(4)(b), Directive (EU) 2023/977 Article 16(3) and (4)). Of the legal holds the
longest counts, and while one stands nothing goes (LED Article 16(3)(b), GDPR Article 17(3)(e)): the erasure that fell
due meanwhile follows when the last one is lifted or over. Nothing here ever makes a limit later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.clocks.zones import months_later
from protocol.ids import Channel


class Ground(StrEnum):
    """Why something is erased; the codes stand in the log and in the signed evidence."""

    SENDER = "erase-by"
    NATIONAL = "national-limit"
    NOT_NEEDED = "not-needed"
    NOTICE = "correction"
    CONSENT = "consent-ended"
    ACCOUNT = "account-ended"


ARTICLES: Final[Mapping[Ground, str]] = {
    Ground.SENDER: "PCC 31(4)(b)",
    Ground.NATIONAL: "LED 5, GDPR 5(1)(e)",
    Ground.NOT_NEEDED: "D977 16(3)-(4)",
    Ground.NOTICE: "LED 7(3), LED 16(2)",
    Ground.CONSENT: "GDPR 7(3), GDPR 17(1)(b)",
    Ground.ACCOUNT: "LED 5, GDPR 5(1)(e)",
}
_JUDICIAL: Final = frozenset({"rogatory", "court-support"})
_CIVIL: Final = frozenset({"cso", "police-cso"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of national law in months, as the contact point's settings name them."""

    police: int
    judicial: int
    civil: int

    def of(self, channel: Channel) -> int:
        """Return the months that a message of a channel may be kept."""
        if channel in _JUDICIAL:
            return self.judicial
        return self.civil if channel in _CIVIL else self.police

    @property
    def shortest(self) -> int:
        """The fewest months that any message may be kept."""
        return min(self.police, self.judicial, self.civil)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides about one item. Times are seconds UTC.

    ``since`` is when it was logged, ``months`` the national limit, ``unneeded_at`` when a review found that it is not
    needed any more; ``holds`` are the ends of the holds that stand.
    """

    since: int
    months: int
    sender: int | None = None
    unneeded_at: int | None = None
    holds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """When an item has to go and why. ``held_until`` is the end of the longest hold; then it goes, if it was due."""

    erase_at: int
    ground: Ground
    held_until: int | None = None

    @property
    def article(self) -> str:
        """The provision behind the ground."""
        return ARTICLES[self.ground]

    def is_due(self, now: int) -> bool:
        """Tell whether the item has to be erased now."""
        return self.erase_at <= now and not self.is_held(now)

    def is_held(self, now: int) -> bool:
        """Tell whether a hold stands at ``now``."""
        return self.held_until is not None and now < self.held_until


def plan(facts: Facts) -> Plan:
    """Return when an item has to be erased: the earliest of all limits, whose ground it is, and the longest hold.

    Of two limits at the same moment the one that others set comes first.
    """
    limits = [(months_later(facts.since, facts.months), Ground.NATIONAL)]
    if facts.sender is not None:
        limits.insert(0, (facts.sender, Ground.SENDER))
    if facts.unneeded_at is not None:
        limits.append((facts.unneeded_at, Ground.NOT_NEEDED))
    erase_at, ground = min(limits, key=lambda each: each[0])
    return Plan(erase_at, ground, max(facts.holds, default=None))
