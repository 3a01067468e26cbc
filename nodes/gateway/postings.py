"""Signed statements of this node on their way to the hub (receipts, consent tokens, anchors); all their SQL.

A posting's id is the digest of its payload, so that writing and sending it twice is harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from nodes.schema import posting
from protocol.errors import Code


class Kind(StrEnum):
    """Which verb takes it."""

    RECEIPT = "receipt"
    TOKEN = "token"  # noqa: S105 - a consent token is a statement, no secret
    VOID = "void"
    ANCHOR = "anchor"


class PostState(StrEnum):
    """Where a posting stands: waiting, logged with its proof stored, or refused for good."""

    READY = "ready"
    LOGGED = "logged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Posting:
    """One signed statement. ``subject`` is what it is about: a message id, a consent reference."""

    id: bytes
    kind: Kind
    subject: bytes
    event: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class PostRow:
    """A posting with its progress."""

    posting: Posting
    state: PostState
    created_at: int
    attempts: int
    code: Code | None


def put_posting(connection: Connection, new: Posting, at: int) -> None:
    """Queue a statement; one that is there already is offered again, with the bytes it had at first."""
    values = {"state": PostState.READY.value, "next_at": at, "attempts": 0}
    changed = connection.execute(update(posting).where(posting.c.id == new.id).values(values))
    if changed.rowcount:
        return
    connection.execute(
        insert(posting).values(
            id=new.id,
            verb=new.kind.value,
            subject=new.subject,
            event=new.event,
            raw=new.raw,
            created_at=at,
            **values,
        )
    )


def offer_again(connection: Connection, subject: bytes, at: int) -> int:
    """Queue every receipt about ``subject`` once more, unchanged; return how many there are."""
    query = update(posting).where(posting.c.subject == subject, posting.c.verb == Kind.RECEIPT.value)
    return connection.execute(query.values(state=PostState.READY.value, next_at=at, attempts=0)).rowcount


def due(connection: Connection, now: int, limit: int) -> Sequence[PostRow]:
    """Return the oldest statements whose time to try has come, none before an earlier one about the same subject."""
    earlier = posting.alias("earlier")
    blocked = exists().where(
        earlier.c.subject == posting.c.subject,
        earlier.c.state == PostState.READY.value,
        earlier.c.next_at > now,
        earlier.c.event < posting.c.event,
    )
    query = select(posting).where(posting.c.state == PostState.READY.value, posting.c.next_at <= now, ~blocked)
    rows = connection.execute(query.order_by(posting.c.created_at, posting.c.event, posting.c.id).limit(limit))
    return [_row(row) for row in rows]


def next_due(connection: Connection) -> int | None:
    """Return when the next statement wants to be tried, None when nothing waits."""
    query = select(posting.c.next_at).where(posting.c.state == PostState.READY.value)
    found: int | None = connection.execute(query.order_by(posting.c.next_at).limit(1)).scalar_one_or_none()
    return found


def about(connection: Connection, subject: bytes) -> Sequence[PostRow]:
    """Return every statement about a subject in the order they were made."""
    query = select(posting).where(posting.c.subject == subject).order_by(posting.c.created_at, posting.c.event)
    return [_row(row) for row in connection.execute(query)]


def about_any(connection: Connection, kind: Kind, subjects: Sequence[bytes]) -> Sequence[PostRow]:
    """Return every statement of one kind about any of ``subjects``, in the order they were made."""
    query = select(posting).where(posting.c.verb == kind.value, posting.c.subject.in_(subjects))
    return [_row(row) for row in connection.execute(query.order_by(posting.c.created_at, posting.c.event))]


def count_since(connection: Connection, event: int, since: int) -> int:
    """Return how many statements of one event were made since a time."""
    query = select(posting.c.id).where(posting.c.event == event, posting.c.created_at >= since)
    return len(connection.execute(query).all())


def put_signed(connection: Connection, identifier: bytes, raw: bytes, at: int) -> None:
    """Store a waiting statement under new signatures and offer it at once; its id is what it was."""
    connection.execute(update(posting).where(posting.c.id == identifier).values(raw=raw, next_at=at))


def postpone(connection: Connection, identifier: bytes, next_at: int, code: Code) -> None:
    """Note a failed try; the statement stays ready."""
    values = {"attempts": posting.c.attempts + 1, "next_at": next_at, "code": code.value}
    connection.execute(update(posting).where(posting.c.id == identifier).values(values))


def finish(connection: Connection, identifier: bytes, state: PostState, code: Code | None = None) -> None:
    """Note the outcome."""
    values = {"state": state.value, "code": None if code is None else code.value}
    connection.execute(update(posting).where(posting.c.id == identifier).values(values))


def _row(row: Row[Any]) -> PostRow:
    found = Posting(row.id, Kind(row.verb), row.subject, row.event, row.raw)
    code = None if row.code is None else Code(row.code)
    return PostRow(found, PostState(row.state), row.created_at, row.attempts, code)
