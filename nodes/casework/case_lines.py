"""The line by which a case is found: what lists, filters and the start page need, kept with every entry; all its SQL.

Nothing in it is told by anybody. It is folded anew with each change, so that it never says more than the case does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from nodes.case_event_tables import case_file, case_partner
from nodes.casework.case_view import View
from nodes.casework.machine import Machine, Stand
from nodes.casework.machines import MACHINES
from nodes.casework.screening import Lane
from nodes.people.acting import PersonId
from protocol.ids import MessageId, NodeId, Reference

SEVERAL: Final = "*"
"""Stands for the partner of a case with more than one; they are listed in ``case_partner``."""
NOBODY: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case as lists show it. ``due_at`` is what this node owes next, ``awaited_at`` what others owe it next."""

    number: int
    id: Reference
    machine: Machine
    mine: bool
    type: str
    message: MessageId | None
    partner: str
    reference: str | None
    urgent: bool
    lane: Lane | None
    state: str
    stand: Stand
    held: bool
    limited: bool
    assignee: PersonId | None
    last: int
    due_at: int | None
    awaited_at: int | None
    rests: bool
    review_at: int | None
    opened_at: int
    updated_at: int
    partners: tuple[NodeId, ...] = ()

    @property
    def family(self) -> str:
        """The type without its version."""
        return self.type.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What a case begins with."""

    id: Reference
    machine: Machine
    mine: bool
    channel: str
    type: str
    message: MessageId | None
    parent: bytes | None
    partners: tuple[NodeId, ...]
    reference: str | None
    urgent: bool
    at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a line says besides the fold: clocks, lane, and whether a rule holds back something of the thread."""

    due_at: int | None = None
    awaited_at: int | None = None
    rests: bool = False
    lane: Lane | None = None
    held: bool = False


def put_case(connection: Connection, new: NewCase) -> int:
    """Store the line of a new case; return its number."""
    several = len(new.partners) > 1
    partner = SEVERAL if several else new.partners[0] if new.partners else NOBODY
    machine = new.machine
    made = connection.execute(
        insert(case_file).values(
            id=new.id,
            machine=machine.name,
            mine=new.mine,
            channel=new.channel,
            type=new.type,
            message=new.message,
            parent=new.parent,
            partner=partner,
            reference=new.reference,
            urgent=new.urgent,
            state=machine.initial,
            stand=machine.state(machine.initial).stand.value,
            held=False,
            limited=False,
            last=0,
            rests=False,
            opened_at=new.at,
            updated_at=new.at,
        )
    )
    number: int = (made.inserted_primary_key or (0,))[0]
    if several:
        connection.execute(insert(case_partner), [{"case": number, "node": each} for each in new.partners])
    return number


def put_line(connection: Connection, number: int, view: View, standing: Standing) -> None:
    """Bring the line of a case to what its entries and messages say now."""
    values = {
        "state": view.state,
        "stand": view.stand.value,
        "held": standing.held,
        "limited": view.limited,
        "assignee": view.assignee,
        "last": view.last,
        "due_at": standing.due_at,
        "awaited_at": standing.awaited_at,
        "rests": standing.rests,
        "lane": None if standing.lane is None else standing.lane.value,
        "review_at": view.review_at,
    }
    if view.steps:
        values["updated_at"] = view.steps[-1].entry.noted_at
    columns = [case_file.c[name] for name in values]
    known = connection.execute(select(*columns).where(case_file.c.number == number)).one()
    if dict(known._mapping) != values:  # noqa: SLF001 - the public name of a row as a mapping
        connection.execute(update(case_file).where(case_file.c.number == number).values(values))


def move_start(connection: Connection, number: int, by: MessageId) -> None:
    """Let a case begin with the message that took the place of its first one."""
    connection.execute(update(case_file).where(case_file.c.number == number).values(message=by))


def find_line(connection: Connection, number: int) -> Line | None:
    """Return the line of a case by its number."""
    row = connection.execute(select(case_file).where(case_file.c.number == number)).one_or_none()
    return None if row is None else lines_of(connection, [row])[0]


def find_by_id(connection: Connection, case: bytes) -> Line | None:
    """Return the line of a case by its id."""
    row = connection.execute(select(case_file).where(case_file.c.id == case)).one_or_none()
    return None if row is None else lines_of(connection, [row])[0]


def lines_of(connection: Connection, rows: Sequence[Row[Any]]) -> list[Line]:
    """Return stored lines as values, each with its partners."""
    partners = _partners(connection, [row.number for row in rows if row.partner == SEVERAL])
    return [_line(row, partners.get(row.number, ())) for row in rows]


def _partners(connection: Connection, numbers: Iterable[int]) -> dict[int, tuple[NodeId, ...]]:
    wanted, found = list(numbers), dict[int, tuple[NodeId, ...]]()
    if not wanted:
        return found
    query = select(case_partner).where(case_partner.c.case.in_(wanted)).order_by(case_partner.c.node)
    for row in connection.execute(query):
        found[row.case] = (*found.get(row.case, ()), NodeId(row.node))
    return found


def _line(row: Row[Any], partners: tuple[NodeId, ...]) -> Line:
    alone = () if row.partner in (SEVERAL, NOBODY) else (NodeId(row.partner),)
    return Line(
        number=row.number,
        id=Reference(row.id),
        machine=MACHINES[row.machine],
        mine=row.mine,
        type=row.type,
        message=None if row.message is None else MessageId(row.message),
        partner=row.partner,
        reference=row.reference,
        urgent=row.urgent,
        lane=None if row.lane is None else Lane(row.lane),
        state=row.state,
        stand=Stand(row.stand),
        held=row.held,
        limited=row.limited,
        assignee=None if row.assignee is None else PersonId(row.assignee),
        last=row.last,
        due_at=row.due_at,
        awaited_at=row.awaited_at,
        rests=row.rests,
        review_at=row.review_at,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        partners=partners or alone,
    )
