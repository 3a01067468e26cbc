"""Breaking the glass: a case of others is opened for a stated reason, supervisors see it, and it is reviewed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from nodes.people import refusals
from nodes.people.acting import Acting, PersonId
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission

REVIEW_S: Final = 72 * 3_600  # a review that comes later is no longer about the situation but about memory
OPEN_S: Final = 12 * 3_600  # one duty; whoever still needs the case then says so again
SHORTEST: Final = 20  # characters of a reason


class Ground(StrEnum):
    """Why a case of others has to be seen now."""

    DANGER = "danger-to-life"
    URGENT = "urgent-and-nobody-there"
    LINKED = "linked-to-own-case"
    DATA_SUBJECT = "request-of-data-subject"
    INSPECTION = "inspection"


class Outcome(StrEnum):
    """What the review found."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassEvent:
    """An opening, or with ``about`` the review of one."""

    number: int
    at: int
    by: PersonId
    case: str
    ground: Ground | None = None
    outcome: Outcome | None = None
    words: str = ""
    about: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One opening with its review, as far as there was one."""

    number: int
    case: str
    by: PersonId
    at: int
    ground: Ground
    reason: str
    reviewed_by: PersonId | None = None
    reviewed_at: int | None = None
    outcome: Outcome | None = None
    finding: str = ""

    @property
    def open_until(self) -> int:
        """Until when the person may see the case for this reason."""
        return self.at + OPEN_S

    @property
    def review_due_at(self) -> int:
        """When the review is late."""
        return self.at + REVIEW_S

    def is_overdue(self, now: int) -> bool:
        """Tell whether the review is late."""
        return self.outcome is None and now >= self.review_due_at


@dataclass(frozen=True, slots=True)
class Openings:
    """Every opening that there was, the oldest first."""

    all: tuple[Opening, ...] = ()

    @property
    def unreviewed(self) -> tuple[Opening, ...]:
        """What supervisors have to look at, the soonest due first."""
        return tuple(each for each in self.all if each.outcome is None)

    def find(self, number: int) -> Opening | None:
        """Return one opening."""
        return next((each for each in self.all if each.number == number), None)

    def lets_in(self, person: PersonId, case: str, now: int) -> bool:
        """Tell whether a person may see a case now because of an opening; one found not justified lets nobody in."""
        return any(
            (each.by, each.case) == (person, case)
            and each.at <= now < each.open_until
            and each.outcome is not Outcome.NOT_JUSTIFIED
            for each in self.all
        )


def fold_openings(events: Iterable[GlassEvent]) -> Openings:
    """Return the openings as their events, in the order of their numbers, make them; the first review counts."""
    found: dict[int, Opening] = {}
    for each in sorted(events, key=lambda event: event.number):
        reviewed = found.get(each.about)
        if each.ground is not None:
            found[each.number] = Opening(
                number=each.number, case=each.case, by=each.by, at=each.at, ground=each.ground, reason=each.words
            )
        elif reviewed is not None and reviewed.outcome is None:
            found[each.about] = replace(
                reviewed, reviewed_by=each.by, reviewed_at=each.at, outcome=each.outcome, finding=each.words
            )
    return Openings(tuple(found.values()))


def refuse_opening(acting: Acting, reason: str) -> NotDone | None:
    """Return why somebody may not open a case of others; None when it may be done."""
    if not acting.may(Permission.BREAK_GLASS):
        return refusals.NO_GLASS
    return refusals.SHORT_REASON if len(reason.strip()) < SHORTEST else refusals.refuse_reason(reason, "reason")


def refuse_review(acting: Acting, opening: Opening | None, finding: str) -> NotDone | None:
    """Return why somebody may not review an opening; None when it may be done."""
    if not acting.may(Permission.REVIEW):
        return refusals.NOT_REVIEWER
    if opening is None or opening.outcome is not None:
        return refusals.NO_OPENING
    if opening.by == acting.person:
        return refusals.OWN_OPENING
    return refusals.refuse_reason(finding, "finding")
