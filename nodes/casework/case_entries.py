"""The entries of cases, only ever added, and which messages and people belong to a case; all their SQL."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from nodes.case_event_tables import case_event, case_file, case_message, case_person
from nodes.casework.case_view import Entry
from nodes.casework.machine import Signal
from nodes.people.acting import PersonId
from protocol.ids import MessageId, NodeId


def put_entry(connection: Connection, case: int, entry: Entry) -> None:
    """Add an entry; its number is the next one, and the database refuses one that is taken."""
    connection.execute(
        insert(case_event).values(
            case=case,
            number=entry.number,
            at=entry.at,
            noted_at=entry.noted_at,
            name=entry.name,
            signal=None if entry.signal is None else entry.signal.value,
            who=entry.who,
            to=entry.to,
            message=entry.message,
            node=entry.node,
            reason=entry.reason,
        )
    )


def entries_of(connection: Connection, case: int) -> Sequence[Entry]:
    """Return the entries of a case in their order."""
    query = select(case_event).where(case_event.c.case == case).order_by(case_event.c.number)
    return [_entry(row) for row in connection.execute(query)]


def put_message(connection: Connection, case: int, message: MessageId, box: str) -> None:
    """Let a message belong to a case."""
    connection.execute(insert(case_message).values(case=case, message=message, box=box))


def case_of(connection: Connection, message: MessageId) -> int | None:
    """Return the number of the case to which a message belongs."""
    query = select(case_message.c.case).where(case_message.c.message == message)
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def messages_of(connection: Connection, case: int) -> Sequence[MessageId]:
    """Return the messages of a case."""
    query = select(case_message.c.message).where(case_message.c.case == case)
    return [MessageId(row.message) for row in connection.execute(query)]


def case_ids_of(connection: Connection, messages: Iterable[MessageId]) -> dict[MessageId, bytes]:
    """Return the ids of the cases to which messages belong."""
    query = (
        select(case_message.c.message, case_file.c.id)
        .join(case_file, case_file.c.number == case_message.c.case)
        .where(case_message.c.message.in_(list(messages)))
    )
    return {MessageId(row.message): bytes(row.id) for row in connection.execute(query)}


def put_people(connection: Connection, case: int, people: Iterable[PersonId]) -> None:
    """Let exactly these people take part in a case."""
    wanted = sorted(set(people))
    query = select(case_person.c.person).where(case_person.c.case == case)
    known = {row.person for row in connection.execute(query)}
    if known - set(wanted):
        gone = sorted(known - set(wanted))
        connection.execute(delete(case_person).where(case_person.c.case == case, case_person.c.person.in_(gone)))
    rows = [{"case": case, "person": each} for each in wanted if each not in known]
    if rows:
        connection.execute(insert(case_person), rows)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        number=row.number,
        at=row.at,
        noted_at=row.noted_at,
        name=row.name,
        signal=None if row.signal is None else Signal(row.signal),
        who=None if row.who is None else PersonId(row.who),
        to=None if row.to is None else PersonId(row.to),
        message=None if row.message is None else MessageId(row.message),
        node=None if row.node is None else NodeId(row.node),
        reason=row.reason,
    )
