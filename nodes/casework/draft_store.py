"""Rows of drafts: all their SQL. Every function runs in the transaction it is given."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from nodes.casework.drafts import DISCARDED_S, SENT_S, DraftId, DraftRow, DraftState, Purpose
from nodes.casework.release_copies import erase_copies
from nodes.draft_tables import draft
from nodes.gateway.vault import erase_item
from nodes.people.acting import PersonId
from nodes.schema import item
from protocol.ids import MessageId, TypeId


def put_row(connection: Connection, row: DraftRow, kept: bytes) -> None:
    """Store a new draft with the item that holds its content."""
    connection.execute(
        insert(draft).values(
            id=row.id,
            owner=row.owner,
            type=row.purpose.type,
            template=row.purpose.template,
            in_reply_to=row.purpose.in_reply_to,
            item=kept,
            version=row.version,
            state=row.state.value,
            beside=row.beside,
            begun_at=row.begun_at,
            saved_at=row.saved_at,
        )
    )


def find_row(connection: Connection, identifier: DraftId, owner: PersonId | None = None) -> tuple[DraftRow, Any] | None:
    """Return a draft and the id of its content; with ``owner``, only one of that person."""
    mine = [draft.c.id == identifier] + ([] if owner is None else [draft.c.owner == owner])
    row = connection.execute(select(draft).where(*mine)).one_or_none()
    return None if row is None else (_row(row), row.item)


def rows_of(connection: Connection, owner: PersonId, states: Sequence[DraftState], limit: int) -> Sequence[DraftRow]:
    """Return the drafts of a person in some states, the last saved first."""
    query = select(draft).where(draft.c.owner == owner, draft.c.state.in_([each.value for each in states]))
    return [_row(each) for each in connection.execute(query.order_by(draft.c.saved_at.desc()).limit(limit))]


def is_current(connection: Connection, identifier: DraftId, version: int, window: str) -> bool:
    """Tell whether a window shows a draft as it is: at its version, or because it was the last to save it."""
    row = connection.execute(select(draft.c.version, draft.c.saved_in).where(draft.c.id == identifier)).one_or_none()
    return row is not None and (row.version == version or (bool(window) and row.saved_in == window))


def change(connection: Connection, identifier: DraftId, values: Mapping[str, Any]) -> None:
    """Change columns of a draft."""
    connection.execute(update(draft).where(draft.c.id == identifier).values(values))


def drop_older(connection: Connection, identifier: bytes | None) -> None:
    """Delete content that a newer version replaced; the last version's erasure ends the epoch for all of them."""
    connection.execute(delete(item).where(item.c.id == identifier))


def due_rows(connection: Connection, now: int, limit: int) -> Sequence[DraftRow]:
    """Return the drafts whose time to leave has come, and those that were leaving when the node stopped."""
    query = select(draft).where(_due(now)).order_by(draft.c.send_at, draft.c.number).limit(limit)
    return [_row(each) for each in connection.execute(query)]


def next_due(connection: Connection) -> int | None:
    """Return when the next waiting draft leaves, None when none waits."""
    query = select(func.min(draft.c.send_at)).where(draft.c.state == DraftState.WAITING.value)
    found: int | None = connection.execute(query).scalar()
    return found


def erase(connection: Connection, identifier: DraftId, kept: bytes | None) -> None:
    """Erase the content of a draft; with the next round of the node's keys nothing opens what is left of it."""
    change(connection, identifier, {"item": None})
    erase_copies(connection, identifier.hex())
    if kept is not None:
        erase_item(connection, kept)


def drop(connection: Connection, identifier: DraftId, kept: bytes | None) -> None:
    """Erase a draft with its row: what it said lives on elsewhere, or nowhere."""
    erase(connection, identifier, kept)
    connection.execute(delete(draft).where(draft.c.id == identifier))


def tidy(connection: Connection, now: int) -> int:
    """Erase what was discarded long enough ago, forget what was sent long ago; return how many rows are gone."""
    old = or_(
        and_(draft.c.state == DraftState.DISCARDED.value, draft.c.saved_at <= now - DISCARDED_S),
        and_(draft.c.state == DraftState.SENT.value, draft.c.saved_at <= now - SENT_S),
    )
    found = connection.execute(select(draft.c.id, draft.c.item).where(old)).all()
    for row in found:
        drop(connection, DraftId(row.id), row.item)
    return len(found)


def give(connection: Connection, owner: PersonId, to: PersonId) -> Sequence[DraftId]:
    """Give the drafts that a person is writing to another one; return which. What was ordered leaves as ordered."""
    mine = (draft.c.owner == owner, draft.c.state == DraftState.WRITING.value)
    found = [DraftId(row.id) for row in connection.execute(select(draft.c.id).where(*mine).order_by(draft.c.number))]
    connection.execute(update(draft).where(*mine).values(owner=to, saved_in=None))
    return found


def count_by_owner(connection: Connection) -> Mapping[PersonId, int]:
    """Return how many drafts everybody is writing."""
    query = select(draft.c.owner, func.count()).where(draft.c.state == DraftState.WRITING.value).group_by(draft.c.owner)
    return {PersonId(owner): count for owner, count in connection.execute(query)}


def _due(now: int) -> ColumnElement[bool]:
    waits = and_(draft.c.state == DraftState.WAITING.value, draft.c.send_at <= now)
    return or_(waits, draft.c.state == DraftState.LEAVING.value)


def _row(row: Row[Any]) -> DraftRow:
    return DraftRow(
        id=DraftId(row.id),
        owner=PersonId(row.owner),
        purpose=Purpose(
            TypeId(row.type), row.template, None if row.in_reply_to is None else MessageId(row.in_reply_to)
        ),
        version=row.version,
        state=DraftState(row.state),
        begun_at=row.begun_at,
        saved_at=row.saved_at,
        send_at=row.send_at,
        message=None if row.message is None else MessageId(row.message),
        trouble=row.trouble,
        beside=None if row.beside is None else DraftId(row.beside),
    )
