"""Which change of an account is refused, and which one needs a second person. Pure.

The rules: only an administrator keeps accounts; nobody gives a role to himself; no combination of roles in which one
takes away what another gives; one administrator always remains; an administrator is removed, and somebody's way to
sign in reset, by two persons.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.person import NOTHING, Details, Kind, PersonEvent, PersonRecord, Proposal, Standing, after
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission, Role, is_separable

People = Mapping[PersonId, PersonRecord]
CHANGES: Final = frozenset(
    {Kind.NAMED, Kind.ROLES, Kind.PLACED, Kind.TIMES, Kind.LANGUAGE, Kind.BOUND, Kind.RESET, Kind.ENDED}
)
"""What a person can ask for; the other kinds are recorded by the steps that they belong to."""
_SIGN_IN: Final = re.compile(r"[\w.@-]{3,64}")
_LONGEST: Final = 200  # characters of a name


@dataclass(frozen=True, slots=True)
class Change:
    """A wish: what is to happen to which account, and why."""

    person: PersonId
    kind: Kind
    why: str
    details: Details = NOTHING


def sign_in_key(name: str) -> str:
    """Return the one spelling under which a sign-in name is looked up: compatible forms and capitals are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())


def newcomer_faults(people: People, new: Details) -> tuple[NotDone, ...]:
    """Return everything that keeps somebody from being invited with these details, each at its field."""
    name = None if 0 < len(new.name.strip()) <= _LONGEST else refusals.NO_NAME
    found = (name, _refuse_sign_in(people, new.sign_in), _refuse_roles(new.roles), _refuse_times(new))
    return tuple(each for each in found if each is not None)


def refuse_newcomer(people: People, new: Details) -> NotDone | None:
    """Return the first reason why nobody can be invited with these details; None when it may be."""
    return next(iter(newcomer_faults(people, new)), None)


def may_keep(people: People, by: PersonId | None, now: int) -> bool:
    """Tell whether somebody may change accounts: an administrator in force, or the operator at the console."""
    if by is None:
        return True
    who = people.get(by)
    return who is not None and who.may(Permission.KEEP_PEOPLE, now)


def refuse_change(people: People, change: Change, by: PersonId | None, now: int) -> NotDone | None:
    """Return why a change is not made by this person now; None when it may be.

    ``ValueError`` for a kind that is none of ``CHANGES``: that is a mistake of the caller.
    """
    if change.kind not in CHANGES:
        raise ValueError(f"{change.kind} is no change")
    record = people.get(change.person)
    if change.kind is Kind.LANGUAGE and by == change.person and record is not None:
        return None
    if not may_keep(people, by, now):
        return refusals.NOT_YOURS
    if record is None:
        return refusals.UNKNOWN_PERSON
    if record.standing is Standing.ENDED:
        return refusals.ENDED_BEFORE
    if (wrong := refusals.refuse_reason(change.why)) is not None:
        return wrong
    return _refuse_details(people, change, by) or _refuse_last(people, change, now)


def needs_second(people: People, change: Change) -> bool:
    """Tell whether a second person has to confirm: an administrator is removed, or a way to sign in is reset."""
    record = people[change.person]
    if record.standing is not Standing.JOINED:
        return False
    return change.kind is Kind.RESET or _takes_administrator(record, change)


def refuse_confirmation(people: People, proposal: Proposal | None, by: PersonId | None, now: int) -> NotDone | None:
    """Return why somebody cannot confirm what another one asked for; None when it may be done now."""
    if not may_keep(people, by, now):
        return refusals.NOT_YOURS
    if proposal is None or now >= proposal.lapses_at:
        return refusals.NO_PROPOSAL
    if proposal.by == by:
        return refusals.SAME_PERSON
    # Whoever made somebody's link could have used it himself: for a time the two do not count as two.
    return refusals.NEW_ACCOUNT if _behind(people, proposal.by, now) & _behind(people, by, now) else None


def _behind(people: People, person: PersonId | None, now: int) -> frozenset[PersonId]:
    """Return a person with whoever let that person in lately, and whoever let these in; nobody for the console."""
    found: dict[PersonId, None] = {}
    while person is not None and person in people and person not in found:
        found[person] = None
        person = people[person].host(now)
    return frozenset(found)


def _refuse_details(people: People, change: Change, by: PersonId | None) -> NotDone | None:
    record, details = people[change.person], change.details
    match change.kind:
        case Kind.NAMED:
            return None if 0 < len(details.name.strip()) <= _LONGEST else refusals.NO_NAME
        case Kind.ROLES:
            own = by == record.id and not details.roles <= record.roles
            return refusals.OWN_ROLE if own else _refuse_roles(details.roles)
        case Kind.TIMES:
            own = by == record.id and _is_longer(record, details)
            return refusals.OWN_ROLE.at("ends_at") if own else _refuse_times(details)
        case Kind.RESET:
            return None if record.standing is Standing.JOINED else refusals.NOT_JOINED
        case Kind.BOUND:
            others = (each for each in people.values() if each.id != record.id and each.standing is not Standing.ENDED)
            taken = details.reference and any(each.reference == details.reference for each in others)
            return refusals.KEY_TAKEN if taken else None
        case _:
            return None


def _refuse_sign_in(people: People, name: str) -> NotDone | None:
    key = sign_in_key(name)
    if _SIGN_IN.fullmatch(key) is None:
        return refusals.NO_SIGN_IN
    taken = any(each.standing is not Standing.ENDED and sign_in_key(each.sign_in) == key for each in people.values())
    return refusals.SIGN_IN_TAKEN if taken else None


def _refuse_roles(roles: frozenset[Role]) -> NotDone | None:
    if not roles:
        return refusals.NO_ROLES
    return None if is_separable(roles) else refusals.NOT_SEPARABLE


def _refuse_times(details: Details) -> NotDone | None:
    return refusals.BAD_TIMES if details.ends_at is not None and details.ends_at <= details.starts_at else None


def _is_longer(record: PersonRecord, details: Details) -> bool:
    ends = record.ends_at is not None and (details.ends_at is None or details.ends_at > record.ends_at)
    return ends or details.starts_at < record.starts_at


def _refuse_last(people: People, change: Change, now: int) -> NotDone | None:
    """Refuse what leaves no administrator in force whose account has no end."""
    event = PersonEvent(number=0, person=change.person, kind=change.kind, at=now, by=None, details=change.details)
    changed = {**people, change.person: after(people[change.person], event)}
    return refusals.LAST_ADMINISTRATOR if _has_lasting(people, now) and not _has_lasting(changed, now) else None


def _has_lasting(people: People, now: int) -> bool:
    return any(each.may(Permission.KEEP_PEOPLE, now) and each.ends_at is None for each in people.values())


def _takes_administrator(record: PersonRecord, change: Change) -> bool:
    if Role.ADMINISTRATOR not in record.roles:
        return False
    match change.kind:
        case Kind.ENDED:
            return True
        case Kind.ROLES:
            return Role.ADMINISTRATOR not in change.details.roles
        case Kind.TIMES:
            return change.details.ends_at is not None or change.details.starts_at > record.starts_at
        case _:
            return False
