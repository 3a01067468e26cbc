"""Legal holds: who may keep something from being erased, on whose order, and until when. Pure.

A hold names a code, the authority that ordered it, and its end. There is no hold without an end: what is needed for
longer is ordered anew, and somebody looks at it (DP-19).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nodes.people.refusals import LONG_REASON, NotDone
from policies.clocks.zones import months_later

LONGEST_MONTHS: Final = 24
LEAST_WORDS: Final = 3  # characters of an authority or of a reason
MOST_WORDS: Final = 2_000


class HoldCode(StrEnum):
    """Why the law keeps something that would be erased."""

    EVIDENCE = "evidence"
    PROCEEDINGS = "proceedings"
    CLAIM = "claim"
    ACCURACY = "accuracy"
    INSPECTION = "inspection"


ARTICLES: Final = {
    HoldCode.EVIDENCE: "LED 16(3)(b)",
    HoldCode.PROCEEDINGS: "LED 16(3)(b), LED 18",
    HoldCode.CLAIM: "GDPR 17(3)(e)",
    HoldCode.ACCURACY: "LED 16(3)(a)",
    HoldCode.INSPECTION: "LED 47, GDPR 58(1)",
}
NO_CODE: Final = NotDone("NO_HOLD_CODE", "The ground of the hold is missing.", "Choose one.", "code")
NO_AUTHORITY: Final = NotDone(
    "NO_AUTHORITY",
    "A hold is ordered by an authority.",
    "Write which one, and the number under which it did.",
    "authority",
)
BAD_END: Final = NotDone(
    "BAD_HOLD_END",
    "A hold ends after today and within 24 months.",
    "Choose an earlier end; if it is needed for longer, the authority orders it anew.",
    "expires_at",
)
NOTHING_THERE: Final = NotDone(
    "NOTHING_TO_HOLD",
    "There is no such case or message here.",
    "Open the case and hold it from there.",
)
NO_HOLD: Final = NotDone("NO_HOLD", "This hold was lifted, or is over.", "See the list of holds.")
NO_WHY: Final = NotDone("NO_REASON", "Lifting a hold needs a reason.", "Write in a sentence why.", "why")
ON_HOLD: Final = NotDone(
    "ON_HOLD",
    "A legal hold stands on it, and nothing of it is erased meanwhile.",
    "Wait for its end, or have it lifted by a supervisor.",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hold as it is asked for: on which case (16 bytes) or message (32), why, by whom ordered, until when."""

    subject: bytes
    code: HoldCode | None
    authority: str
    expires_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold as it stands or stood. ``authority`` and ``why`` are words, empty where they were erased."""

    number: int
    subject: bytes
    code: HoldCode
    placed_at: int
    placed_by: str
    expires_at: int
    authority: str = ""
    lifted_at: int | None = None
    lifted_by: str | None = None
    why: str = ""

    def stands(self, now: int) -> bool:
        """Tell whether it keeps anything at ``now``."""
        return self.lifted_at is None and now < self.expires_at


def hold_faults(wanted: Wanted, now: int) -> tuple[NotDone, ...]:
    """Return everything that keeps a hold from being placed, each at its field, in the order of the form."""
    found: list[NotDone] = []
    if wanted.code is None:
        found.append(NO_CODE)
    if not LEAST_WORDS <= len(wanted.authority.strip()) <= MOST_WORDS:
        found.append(NO_AUTHORITY)
    if wanted.expires_at is None or not now < wanted.expires_at <= months_later(now, LONGEST_MONTHS):
        found.append(BAD_END)
    return tuple(found)


def refuse_hold(wanted: Wanted, now: int) -> NotDone | None:
    """Return the first reason why a hold is not placed, None where it may be."""
    return next(iter(hold_faults(wanted, now)), None)


def refuse_lifting(hold: Hold | None, why: str, now: int) -> NotDone | None:
    """Return why a hold is not lifted, None where it may be."""
    if hold is None or not hold.stands(now):
        return NO_HOLD
    said = len(why.strip())
    if said < LEAST_WORDS:
        return NO_WHY
    return LONG_REASON if said > MOST_WORDS else None
