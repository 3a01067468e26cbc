"""What the hub promised with a message's leaf, and what of it is overdue. Pure: it follows from leaf time and terms.

The acceptance says nothing of its own about this (its bytes are those of leaf and checkpoint): from the leaf's time a
witnessed checkpoint covers it within ``WITNESSED_WITHIN`` seconds, and an addressee fetches it within three days or
before its life ends, whichever is first (docs/wire.md section 4.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nodes.gateway.outbox import Sent
from nodes.gateway.why import Step
from policies.clocks.limits import FETCHING
from policies.clocks.zones import DAY, HOUR
from protocol.ids import NodeId
from protocol.limits import WITNESSED_WITHIN

_MINUTE: Final = 60


class Owed(StrEnum):
    """What was promised."""

    WITNESS = "witness"
    FETCH = "fetch"


@dataclass(frozen=True, slots=True)
class Promises:
    """By when, in seconds UTC: a quorum of witnesses covers the leaf, and addressees have fetched the message."""

    witnessed_by: int
    fetched_by: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of how many witnesses cover a leaf, since when; ``at`` is None as long as there is no quorum."""

    at: int | None = None
    seen: int = 0
    of: int = 0

    @property
    def words(self) -> str:
        """How this is told beside evidence; the time stands beside it."""
        return "not yet witnessed" if self.at is None else f"witnessed by {self.seen} of {self.of}"


@dataclass(frozen=True, slots=True)
class Overdue:
    """One broken promise: by how many seconds, and whether it was kept since. ``node`` is who did not fetch."""

    what: Owed
    by: int
    kept: bool = False
    node: NodeId | None = None


def promises_of(logged_at: int, expires_at: int | None) -> Promises:
    """Return what follows from a leaf of this time, for a message whose life ends then."""
    fetched_by = logged_at + FETCHING.seconds
    return Promises(logged_at + WITNESSED_WITHIN, min(fetched_by, fetched_by if expires_at is None else expires_at))


def broken(promises: Promises, standing: Standing, people: Iterable[Sent], now: int) -> tuple[Overdue, ...]:
    """Return every promise that was not kept in time, the witnesses' first."""
    out = []
    covered = now if standing.at is None else standing.at
    if covered > promises.witnessed_by:
        out.append(Overdue(Owed.WITNESS, covered - promises.witnessed_by, kept=standing.at is not None))
    silent = (each for each in people if not each.spoke and not each.never_fetched)
    if now > promises.fetched_by:
        out += [Overdue(Owed.FETCH, now - promises.fetched_by, node=each.node) for each in silent]
    return tuple(out)


def overdue_step(found: Overdue) -> Step:
    """Return the line of ``why`` about a broken promise."""
    time = span(found.by)
    if found.what is Owed.FETCH:
        return Step(
            where="hub",
            who="recipient",
            node=found.node,
            sentence=f"It should have been fetched by now: overdue by {time}, proof attached.",
            remedy="Call them. `evidence` holds the hub's acceptance; there is no hand-over evidence.",
        )
    if found.kept:
        sentence = f"Its place in the log was witnessed too late, by {time}, proof attached."
        return Step(where="hub", who="nobody", sentence=sentence, remedy="Nothing to do; `evidence` holds the proof.")
    return Step(
        where="hub",
        who="operator",
        sentence=f"No quorum of witnesses covers its place in the log: overdue by {time}, proof attached.",
        remedy="Show `evidence` to the hub's operator and to an auditor: acceptance and newest witnessed checkpoint.",
    )


def span(seconds: int) -> str:
    """Return a time that passed in the largest unit of which it has two, such as 4 min; never less than a minute."""
    if seconds >= 2 * DAY:
        return f"{seconds // DAY} days"
    if seconds >= 2 * HOUR:
        return f"{seconds // HOUR} h"
    return f"{max(1, seconds // _MINUTE)} min"
