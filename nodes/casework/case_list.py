"""Lists of cases: filters, words, what a person may see. Pages go by key, so the last one costs what the first does.

All SQL of lists. Nothing is decrypted here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    exists,
    false,
    or_,
    select,
    tuple_,
)

from nodes.case_event_tables import case_file, case_partner, case_person
from nodes.casework.case_lines import SEVERAL, Line, lines_of
from nodes.casework.case_search import has_words
from nodes.casework.machine import Stand
from nodes.casework.screening import Lane
from nodes.gateway.search import SearchKey
from nodes.people.acting import Acting, PersonId
from nodes.people.roles import Permission
from protocol.ids import NodeId

MOST: Final = 200  # lines of one page


class Order(StrEnum):
    """What comes first: the latest change, what this node owes soonest, or what others owe it soonest."""

    UPDATED = "updated"
    DUE = "due"
    AWAITED = "awaited"


_KEYS: Final[dict[Order, tuple[Column[int], bool]]] = {
    Order.UPDATED: (case_file.c.updated_at, True),
    Order.DUE: (case_file.c.due_at, False),
    Order.AWAITED: (case_file.c.awaited_at, False),
}
"""The column of an order, and whether it goes down."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases somebody may know of. ``opened`` are cases of others that a broken glass lets this person see."""

    person: PersonId | None
    all: bool
    own: bool = True
    opened: frozenset[bytes] = frozenset()


PROGRAM: Final = Scope(None, all=True, own=False)
"""Whoever holds the token of the API: no person, so nothing that is closed to a group."""


def scope_of(acting: Acting, opened: Iterable[bytes] = ()) -> Scope:
    """Return what a person's permissions let it know."""
    return Scope(acting.person, acting.may(Permission.SEE_ALL), acting.may(Permission.SEE_OWN), frozenset(opened))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What is asked for; None and empty narrow nothing.

    ``assignee`` is a person, or empty text for nobody; ``assignees`` are several, of whom any will do.
    """

    stands: tuple[Stand, ...] = ()
    states: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    partners: tuple[NodeId, ...] | None = None
    families: tuple[str, ...] = ()
    lane: Lane | None = None
    urgent: bool | None = None
    held: bool | None = None
    rests: bool | None = None
    assignee: str | None = None
    assignees: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Paging:
    """Up to ``limit`` lines after the one whose key is ``after``, in an order."""

    limit: int = 50
    after: tuple[int, int] | None = None
    order: Order = Order.UPDATED


@dataclass(frozen=True, slots=True)
class CasePage:
    """The lines of a page; ``next`` is the ``after`` of the following one, None at the end."""

    lines: tuple[Line, ...]
    next: tuple[int, int] | None


def list_cases(connection: Connection, key: SearchKey, scope: Scope, wanted: CaseFilter, paging: Paging) -> CasePage:
    """Return one page of the cases that somebody may know of and that fit a filter."""
    column, down = _KEYS[paging.order]
    place = tuple_(column, case_file.c.number)
    query = select(case_file).where(visible(scope), *_conditions(wanted))
    if wanted.words.strip():
        query = query.where(has_words(connection, key, wanted.words))
    if paging.order is not Order.UPDATED:
        query = query.where(column.is_not(None))
    if paging.after is not None:
        query = query.where(place < tuple_(*paging.after) if down else place > tuple_(*paging.after))
    ordered = (column.desc(), case_file.c.number.desc()) if down else (column, case_file.c.number)
    limit = min(paging.limit, MOST)
    rows = connection.execute(query.order_by(*ordered).limit(limit + 1)).all()
    lines = tuple(lines_of(connection, rows[:limit]))
    last = lines[-1] if len(rows) > limit else None
    return CasePage(lines, None if last is None else (getattr(rows[limit - 1], column.name), last.number))


def visible(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for a case that somebody may know of: need-to-know comes before every right."""
    takes_part = exists().where(case_person.c.case == case_file.c.number, case_person.c.person == scope.person)
    ways: list[ColumnElement[bool]] = []
    if scope.all:
        ways.append(case_file.c.limited.is_(False))
    if scope.own and scope.person is not None:
        ways.append(takes_part)
    if scope.opened:
        ways.append(case_file.c.id.in_(sorted(scope.opened)))
    return or_(*ways) if ways else false()


def _conditions(wanted: CaseFilter) -> Iterable[ColumnElement[bool]]:
    c = case_file.c
    if wanted.stands:
        yield c.stand.in_([each.value for each in wanted.stands])
    if wanted.states:
        yield c.state.in_(wanted.states)
    if wanted.machines:
        yield c.machine.in_(wanted.machines)
    if wanted.families:
        yield or_(*(c.type.like(f"{each}/%") for each in wanted.families))
    if wanted.lane is not None:
        yield c.lane == wanted.lane.value
    if wanted.assignee is not None:
        yield c.assignee == wanted.assignee if wanted.assignee else c.assignee.is_(None)
    if wanted.assignees:
        yield c.assignee.in_(wanted.assignees)
    for column, value in ((c.urgent, wanted.urgent), (c.held, wanted.held), (c.rests, wanted.rests)):
        if value is not None:
            yield column.is_(value)
    if wanted.partners is not None:
        yield _with(wanted.partners)


def _with(partners: tuple[NodeId, ...]) -> ColumnElement[bool]:
    among = case_partner.c.node.in_(partners)
    one_of_several = exists().where(case_partner.c.case == case_file.c.number, among)
    return or_(case_file.c.partner.in_(partners), and_(case_file.c.partner == SEVERAL, one_of_several))
