"""Rows of the requests that investigators hand in: all their SQL. Each function runs in the transaction it is given."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from nodes.case_event_tables import case_file, case_message
from nodes.casework.asks import AskId, AskRow, AskState, AskStep, after
from nodes.casework.drafts import DraftId, Purpose
from nodes.inquiry_tables import inquiry, inquiry_file
from nodes.people.acting import PersonId
from protocol.ids import MessageId, TypeId


def put_ask(connection: Connection, row: AskRow, item: bytes) -> None:
    """Store a new request with the item that holds its content."""
    connection.execute(
        insert(inquiry).values(
            id=row.id,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            type=row.purpose.type,
            template=row.purpose.template,
            state=row.state.value,
            moved_at=row.moved_at,
            item=item,
        )
    )


def find_ask(connection: Connection, identifier: AskId, owner: PersonId | None = None) -> tuple[AskRow, Any] | None:
    """Return a request and its row of the table; with ``owner``, only one that this person asked."""
    query = select(inquiry).where(inquiry.c.id == identifier)
    return _one(connection, query if owner is None else query.where(inquiry.c.asked_by == owner))


def find_by_draft(connection: Connection, draft: DraftId) -> tuple[AskRow, Any] | None:
    """Return the request that a draft is written from."""
    return _one(connection, select(inquiry).where(inquiry.c.draft == draft))


def asks_of(connection: Connection, owner: PersonId, limit: int) -> Sequence[AskRow]:
    """Return what a person asked, the newest first."""
    query = select(inquiry).where(inquiry.c.asked_by == owner).order_by(inquiry.c.number.desc())
    return [_row(each) for each in connection.execute(query.limit(limit))]


def asks_in(connection: Connection, states: Collection[AskState], limit: int) -> Sequence[AskRow]:
    """Return the requests of everybody that stand somewhere, the oldest first."""
    query = select(inquiry).where(inquiry.c.state.in_([each.value for each in states])).order_by(inquiry.c.number)
    return [_row(each) for each in connection.execute(query.limit(limit))]


def change_ask(connection: Connection, identifier: AskId, values: Mapping[str, Any]) -> None:
    """Change columns of a request."""
    connection.execute(update(inquiry).where(inquiry.c.id == identifier).values(values))


def keep_files(connection: Connection, identifier: AskId, files: Collection[bytes]) -> None:
    """Let the files of a request wait as long as it does; those of an earlier version of it no longer do."""
    let_files_go(connection, identifier)
    rows = [{"inquiry": identifier, "file": each} for each in sorted(set(files))]
    if rows:
        connection.execute(insert(inquiry_file), rows)


def let_files_go(connection: Connection, identifier: AskId) -> None:
    """Let the files of a request go when their time is over, as files of drafts do."""
    connection.execute(delete(inquiry_file).where(inquiry_file.c.inquiry == identifier))


def note_sent(connection: Connection, draft: DraftId, message: MessageId, at: int) -> AskRow | None:
    """Note that the message written from a request has left; return the request, None where there is none."""
    found = find_by_draft(connection, draft)
    then = None if found is None else after(found[0].state, AskStep.SEND)
    if found is None or then is None:
        return None
    change_ask(connection, found[0].id, {"state": then.value, "message": message, "moved_at": at})
    let_files_go(connection, found[0].id)
    return found[0]


def cases_asked_by(connection: Connection, person: PersonId, limit: int) -> frozenset[bytes]:
    """Return the cases that came out of a person's requests, the latest; none that was closed to a group since."""
    joined = inquiry.join(case_message, case_message.c.message == inquiry.c.message)
    joined = joined.join(case_file, case_file.c.number == case_message.c.case)
    query = select(case_file.c.id).select_from(joined).where(inquiry.c.asked_by == person)
    query = query.where(case_file.c.limited.is_(False))
    return frozenset(row.id for row in connection.execute(query.order_by(inquiry.c.number.desc()).limit(limit)))


def _one(connection: Connection, query: Select[Any]) -> tuple[AskRow, Any] | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else (_row(row), row)


def _row(row: Row[Any]) -> AskRow:
    return AskRow(
        id=AskId(row.id),
        asked_by=PersonId(row.asked_by),
        asked_at=row.asked_at,
        purpose=Purpose(TypeId(row.type), row.template),
        state=AskState(row.state),
        moved_at=row.moved_at,
        taken_by=None if row.taken_by is None else PersonId(row.taken_by),
        draft=None if row.draft is None else DraftId(row.draft),
        message=None if row.message is None else MessageId(row.message),
    )
