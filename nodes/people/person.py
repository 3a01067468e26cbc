"""The people of a contact point, folded from append-only events: who changed what about whom, when and why. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from nodes.people.acting import Acting, PersonId
from nodes.people.roles import Permission, Role, permissions

PROPOSAL_S: Final = 7 * 86_400  # what waits longer for a second person has lapsed: its reason is no longer fresh


class Kind(StrEnum):
    """What happened to an account."""

    INVITED = "invited"
    JOINED = "joined"
    NAMED = "named"
    ROLES = "roles"
    PLACED = "placed"  # units and working languages
    TIMES = "times"
    LANGUAGE = "language"
    BOUND = "bound"  # to a personal signing key; without a reference it is unbound
    RESET = "reset"  # every way to sign in has ended; a new link lets the person in
    ENDED = "ended"
    WAY_ADDED = "way-added"  # by the person, to sign in
    WAY_REMOVED = "way-removed"
    PROPOSED = "proposed"
    DROPPED = "dropped"
    FORGOTTEN = "forgotten"  # names and words of an account that ended long ago were erased


class Standing(StrEnum):
    """How far an account is."""

    INVITED = "invited"
    JOINED = "joined"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What an event sets. Which fields count is told by ``SETS`` for its kind; the others keep their defaults."""

    name: str = ""
    sign_in: str = ""
    roles: frozenset[Role] = frozenset()
    units: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    language: str = "en"
    starts_at: int = 0
    ends_at: int | None = None
    reference: str = ""
    act: Kind | None = None  # of a proposal: what is to be done
    about: int = 0  # number of the proposal that was confirmed or dropped
    link_by: PersonId | None = None  # of joining: who made the link


NOTHING: Final = Details()
SETS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.INVITED: ("name", "sign_in", "roles", "units", "languages", "language", "starts_at", "ends_at"),
    Kind.NAMED: ("name",),
    Kind.ROLES: ("roles",),
    Kind.PLACED: ("units", "languages"),
    Kind.TIMES: ("starts_at", "ends_at"),
    Kind.LANGUAGE: ("language",),
    Kind.BOUND: ("reference",),
}
_STANDINGS: Final[Mapping[Kind, Standing]] = {
    Kind.JOINED: Standing.JOINED,
    Kind.RESET: Standing.INVITED,
    Kind.ENDED: Standing.ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEvent:
    """One act on one account. ``by`` is None for the operator at the node's console. ``at`` is in seconds UTC."""

    number: int
    person: PersonId
    kind: Kind
    at: int
    by: PersonId | None
    why: str = ""
    details: Details = NOTHING


@dataclass(frozen=True, slots=True)
class Proposal:
    """A destructive act that waits for a second person until ``lapses_at``."""

    number: int
    kind: Kind
    details: Details
    by: PersonId | None
    at: int
    why: str

    @property
    def lapses_at(self) -> int:
        """When nobody can confirm it any more."""
        return self.at + PROPOSAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """The present state of one account."""

    id: PersonId
    name: str = ""
    sign_in: str = ""
    roles: frozenset[Role] = frozenset()
    units: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    language: str = "en"
    starts_at: int = 0
    ends_at: int | None = None
    reference: str = ""
    standing: Standing = Standing.INVITED
    proposals: tuple[Proposal, ...] = ()
    events: tuple[PersonEvent, ...] = field(default=(), repr=False)

    def is_in_force(self, now: int) -> bool:
        """Tell whether the person may sign in and act at ``now``."""
        started = self.standing is Standing.JOINED and self.starts_at <= now
        return started and (self.ends_at is None or now < self.ends_at)

    def acting(self, now: int) -> Acting | None:
        """Return the person as one who acts, with the roles of this moment; None while it may not."""
        return Acting(self.id, self.name, self.roles, self.language) if self.is_in_force(now) else None

    def may(self, permission: Permission, now: int) -> bool:
        """Tell whether the person has a permission at ``now``."""
        return self.is_in_force(now) and permission in permissions(self.roles)

    def host(self, now: int) -> PersonId | None:
        """Return whose link let the person in, for seven days from then; None for one of the operator's console."""
        joined = next((each for each in reversed(self.events) if each.kind is Kind.JOINED), None)
        return None if joined is None or now >= joined.at + PROPOSAL_S else joined.details.link_by

    def waiting(self, now: int) -> tuple[Proposal, ...]:
        """Return what waits for a second person and has not lapsed."""
        return tuple(each for each in self.proposals if now < each.lapses_at)


def fold_people(events: Iterable[PersonEvent]) -> Mapping[PersonId, PersonRecord]:
    """Return every account as its events, in the order of their numbers, make it."""
    people: dict[PersonId, PersonRecord] = {}
    for each in sorted(events, key=lambda event: event.number):
        people[each.person] = after(people.get(each.person, PersonRecord(id=each.person)), each)
    return people


def after(record: PersonRecord, event: PersonEvent) -> PersonRecord:
    """Return the account after one more event. What has ended stays ended, whatever comes later."""
    details = event.details
    changed: dict[str, Any] = {name: getattr(details, name) for name in SETS.get(event.kind, ())}
    if record.standing is not Standing.ENDED:
        changed["standing"] = _STANDINGS.get(event.kind, record.standing)
    if event.kind is Kind.PROPOSED and details.act is not None:
        proposal = Proposal(event.number, details.act, details, event.by, event.at, event.why)
        changed["proposals"] = (*record.proposals, proposal)
    elif event.kind is Kind.ENDED:
        changed["proposals"] = ()
    elif details.about:
        changed["proposals"] = tuple(each for each in record.proposals if each.number != details.about)
    return replace(record, events=(*record.events, event), **changed)
