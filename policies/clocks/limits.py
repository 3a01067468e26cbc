"""How long each thing may take, with the place in the law, or marked as a number of this network (NET).

The time limits of the Directive are measured from receipt, which is the time of the leaf. A number that no law gives
stands under NET, as do the benchmarks taken over from instruments that do not bind here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.clocks.zones import DAY, HOUR, months_later


class DueClass(StrEnum):
    """The code list ``due_class`` as far as something is due."""

    URGENT_DIRECT = "urgent_direct"
    URGENT_INDIRECT = "urgent_indirect"
    OTHER = "other"
    BENCHMARK = "benchmark"


@dataclass(frozen=True, slots=True)
class Limit:
    """Seconds of running time, and the calendar days that the law counts instead where it does."""

    seconds: int
    article: str
    days: int | None = None


class Regime(StrEnum):
    """Which law sets the time for an answer between two participants."""

    DIRECTIVE = "directive"
    CONVENTION = "convention"
    INITIATIVE = "initiative"


Limits = Mapping[DueClass, Limit]

_DIRECTIVE: Final[Limits] = {
    DueClass.URGENT_DIRECT: Limit(8 * HOUR, "D977 5(1)(a)"),
    DueClass.URGENT_INDIRECT: Limit(3 * DAY, "D977 5(1)(b)", days=3),
    DueClass.OTHER: Limit(7 * DAY, "D977 5(1)(c)", days=7),
}
_CONVENTION: Final[Limits] = {
    # The convention sets no time: the network takes over the numbers of the Directive, in both readings, as its own.
    DueClass.URGENT_DIRECT: Limit(8 * HOUR, "NET"),
    DueClass.URGENT_INDIRECT: Limit(3 * DAY, "NET", days=3),
    DueClass.OTHER: Limit(7 * DAY, "NET", days=7),
}
_INITIATIVE: Final[Limits] = {
    DueClass.URGENT_DIRECT: Limit(8 * HOUR, "SFD"),
    DueClass.URGENT_INDIRECT: Limit(8 * HOUR, "SFD"),
    DueClass.OTHER: Limit(14 * DAY, "SFD"),
}
_INITIATIVE_LISTED: Final = Limit(7 * DAY, "SFD")  # an offence of the list, held in a database with direct access
_ANSWERS: Final[Mapping[Regime, Limits]] = {
    Regime.DIRECTIVE: _DIRECTIVE,
    Regime.CONVENTION: _CONVENTION,
    Regime.INITIATIVE: _INITIATIVE,
}

CLARIFICATION: Final = Limit(48 * HOUR, "NET")  # then a reminder is proposed; the clock rests meanwhile
CONSENT: Final = Limit(7 * DAY, "NET")  # no answer by then is a no
ACKNOWLEDGEMENT: Final = Limit(7 * DAY, "NET")  # rogatory benchmarks, after the European Investigation Order
DECISION: Final = Limit(30 * DAY, "NET")
EXECUTION: Final = Limit(90 * DAY, "NET")
CORRECTION: Final = Limit(24 * HOUR, "LED 7(3), 16(6), NET")  # the law says without delay
ORAL_REQUEST: Final = Limit(24 * HOUR, "NET")
FETCHING: Final = Limit(3 * DAY, "NET")  # then the sender is told that nothing was fetched
REVIEW: Final = "D977 16(4)"
_FIRST_REVIEW, _NEXT_REVIEW = 6, 12  # months; the law gives the first only


def answer_limits(regime: Regime, *, urgent: bool, listed: bool = False) -> Limits:
    """Return how long an answer may take by class. Only an urgent request has a choice, and the shortest is its first.

    Who answers cannot make a request urgent; what is called urgent without a valid ground may be answered as another
    request once the acknowledgement said so (D977 4(4)). ``listed`` matters under the Initiative alone.
    """
    found = _ANSWERS[regime]
    if regime is Regime.INITIATIVE and listed:
        found = {**found, DueClass.OTHER: _INITIATIVE_LISTED}
    return found if urgent else {DueClass.OTHER: found[DueClass.OTHER]}


def fixed(limit: Limit) -> Limits:
    """Return the one class of something that is no answer to a police request."""
    return {DueClass.BENCHMARK: limit}


def review_due(at: int, *, again: bool = False) -> int:
    """Return until when the need for the data is reviewed: 6 months after closing, then 12 after each review."""
    return months_later(at, _NEXT_REVIEW if again else _FIRST_REVIEW)
