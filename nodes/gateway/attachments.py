"""The durable lists of attachment files; all their SQL.

A stashed file is a plaintext of this machine that waits for its message. An attachment belongs to a message:
``out``: ready -> sent. ``in``: waiting -> here | failed. Both end as dropped, when their message is over or erased.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from nodes.gateway.vault import erase_item
from nodes.inquiry_tables import inquiry_file
from nodes.schema import attachment, inbox, outbox, stash
from protocol.envelope import Part
from protocol.errors import Code
from protocol.ids import MessageId
from protocol.parts import part_count, part_size


class Box(StrEnum):
    """Which way an attachment goes."""

    IN = "in"
    OUT = "out"


class FileState(StrEnum):
    """Where an attachment stands."""

    READY = "ready"  # sealed, on its way to the hub
    SENT = "sent"  # the hub has all of it, and its message is accepted
    WAITING = "waiting"  # on its way from the hub
    HERE = "here"  # whole, and found to open
    FAILED = "failed"  # it does not open, or the hub has it no more; the code says which
    DROPPED = "dropped"  # its file is gone


_OPEN: Final = (FileState.READY.value, FileState.WAITING.value)
_OVER: Final = (FileState.DROPPED.value, FileState.FAILED.value)
_LIVE: Final = (attachment.c.state.not_in(_OVER), attachment.c.item.is_not(None))


@dataclass(frozen=True, slots=True)
class Stashed:
    """A file that waits for its message: its id, the vault item that opens it, its name in the room, its length."""

    id: bytes
    item: bytes
    file: str
    length: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One attachment of a message with its progress. ``done`` counts whole parts, from the first on."""

    message: MessageId
    part: Part
    box: Box
    state: FileState
    item: bytes | None
    file: str
    list: bytes | None = None
    done: int = 0
    attempts: int = 0
    next_at: int = 0
    code: Code | None = None

    @property
    def parts(self) -> int:
        """How many parts there are in all."""
        return part_count(self.part.length)

    @property
    def done_bytes(self) -> int:
        """Bytes of the parts that are done."""
        last = self.done == self.parts
        return self.part.length if last else self.done * part_size(self.part.length, 0)


def put_stashed(connection: Connection, new: Stashed, at: int) -> None:
    """Store a file that waits for its message."""
    values = {"id": new.id, "item": new.item, "file": new.file, "length": new.length}
    connection.execute(insert(stash).values(created_at=at, expires_at=new.expires_at, **values))


def find_stashed(connection: Connection, identifier: bytes) -> Stashed | None:
    """Return a waiting file, None when there is none with this id (any more)."""
    row = connection.execute(select(stash).where(stash.c.id == identifier)).one_or_none()
    return None if row is None else Stashed(row.id, row.item, row.file, row.length, row.expires_at)


def drop_stashed(connection: Connection, identifier: bytes) -> None:
    """Forget a waiting file and what opens it; the sweep deletes the file."""
    found = find_stashed(connection, identifier)
    if found is not None:
        connection.execute(delete(stash).where(stash.c.id == identifier))
        erase_item(connection, found.item)


def drop_late_stashed(connection: Connection, now: int) -> int:
    """Forget every waiting file whose time is over, but for those of requests that wait; return how many."""
    over = (stash.c.expires_at <= now, stash.c.id.not_in(select(inquiry_file.c.file)))
    late = [row.id for row in connection.execute(select(stash.c.id).where(*over))]
    for each in late:
        drop_stashed(connection, each)
    return len(late)


def put_attached(connection: Connection, new: Attached) -> None:
    """Store an attachment of a message that is stored in the same transaction."""
    connection.execute(
        insert(attachment).values(
            message=new.message,
            part=new.part.name,
            box=new.box.value,
            state=new.state.value,
            item=new.item,
            file=new.file,
            length=new.part.length,
            digest=new.part.digest,
            list=new.list,
            done=new.done,
            attempts=new.attempts,
            next_at=new.next_at,
        )
    )


def of_message(connection: Connection, message: MessageId) -> Sequence[Attached]:
    """Return the attachments of a message, ascending by part."""
    return _rows(connection, select(attachment).where(attachment.c.message == message).order_by(attachment.c.part))


def is_incomplete(connection: Connection, message: MessageId) -> bool:
    """Tell whether some attachment of a received message is still on its way, or failed to come."""
    return any(each.state in (FileState.WAITING, FileState.FAILED) for each in of_message(connection, message))


def find_attached(connection: Connection, message: MessageId, part: str) -> Attached | None:
    """Return one attachment of a message."""
    found = _rows(connection, select(attachment).where(attachment.c.message == message, attachment.c.part == part))
    return found[0] if found else None


def due_downloads(connection: Connection, now: int, limit: int) -> Sequence[Attached]:
    """Return attachments to fetch whose time to try has come, those that waited longest first."""
    query = _waiting().where(attachment.c.next_at <= now)
    return _rows(connection, query.order_by(attachment.c.next_at, attachment.c.message).limit(limit))


def next_download(connection: Connection) -> int | None:
    """Return when the next attachment wants to be fetched, None when none waits."""
    found = _rows(connection, _waiting().order_by(attachment.c.next_at).limit(1))
    return found[0].next_at if found else None


def under_way(connection: Connection, limit: int) -> Sequence[Attached]:
    """Return attachments on their way, either way, for the status."""
    query = select(attachment).where(attachment.c.state.in_(_OPEN))
    return _rows(connection, query.order_by(attachment.c.message, attachment.c.part).limit(limit))


def put_list(connection: Connection, each: Attached, raw: bytes) -> None:
    """Keep the verified list of an attachment's parts."""
    _set(connection, each, {"list": raw})


def note_done(connection: Connection, each: Attached, done: int, at: int) -> None:
    """Note how many parts are done; a failed try before is forgotten."""
    _set(connection, each, {"done": done, "attempts": 0, "next_at": at, "code": None})


def postpone(connection: Connection, each: Attached, next_at: int, code: Code) -> None:
    """Note a failed try; the attachment goes on waiting."""
    _set(connection, each, {"attempts": attachment.c.attempts + 1, "next_at": next_at, "code": code.value})


def finish(connection: Connection, each: Attached, state: FileState, code: Code | None = None) -> None:
    """Note how it ended."""
    _set(connection, each, {"state": state.value, "code": None if code is None else code.value})


def mark_sent(connection: Connection, message: MessageId) -> None:
    """Note that the hub accepted the message with all its attachments."""
    where = (attachment.c.message == message, attachment.c.state == FileState.READY.value)
    connection.execute(update(attachment).where(*where).values(state=FileState.SENT.value))


def offer_again(connection: Connection, message: MessageId) -> None:
    """Put the attachments of a sent message back to ready, because the hub lost it."""
    where = (attachment.c.message == message, attachment.c.state == FileState.SENT.value)
    connection.execute(update(attachment).where(*where).values(state=FileState.READY.value, done=0))


def drop_of(connection: Connection, message: MessageId) -> None:
    """Forget the files of a message and what opens them; the sweep deletes the files. The rows stay as a record."""
    for each in of_message(connection, message):
        finish(connection, each, FileState.DROPPED, each.code)
        if each.item is not None:
            erase_item(connection, each.item)


def drop_over(connection: Connection) -> int:
    """Drop the files of sent messages whose envelope is no longer kept; return of how many messages."""
    kept = (FileState.READY.value, FileState.SENT.value)
    query = select(attachment.c.message).distinct().join(outbox, outbox.c.message == attachment.c.message)
    over = query.where(attachment.c.box == Box.OUT.value, attachment.c.state.in_(kept), outbox.c.envelope.is_(None))
    found = [MessageId(row.message) for row in connection.execute(over)]
    for each in found:
        drop_of(connection, each)
    return len(found)


def messages_with(connection: Connection, items: Collection[bytes]) -> Sequence[MessageId]:
    """Return the messages whose content is one of ``items``."""
    found: list[MessageId] = []
    for table in (inbox, outbox):
        query = select(table.c.message).where(table.c.item.in_(sorted(items)), table.c.message.is_not(None))
        found += [MessageId(row.message) for row in connection.execute(query)]
    return found


def kept_files(connection: Connection) -> frozenset[str]:
    """Return the names of all files that a row counts on."""
    queries = (select(attachment.c.file).where(*_LIVE), select(stash.c.file))
    found = [row.file for query in queries for row in connection.execute(query)]
    return frozenset(found)


def live(connection: Connection) -> Sequence[Attached]:
    """Return the attachments whose files count, whole or on their way."""
    return _rows(connection, select(attachment).where(*_LIVE))


def _waiting() -> "Select[Any]":
    where = (attachment.c.box == Box.IN.value, attachment.c.state == FileState.WAITING.value)
    return select(attachment).where(*where)


def _set(connection: Connection, each: Attached, values: dict[str, Any]) -> None:
    where = (attachment.c.message == each.message, attachment.c.part == each.part.name)
    connection.execute(update(attachment).where(*where).values(values))


def _rows(connection: Connection, query: "Select[Any]") -> list[Attached]:
    return [_row(each) for each in connection.execute(query)]


def _row(row: Row[Any]) -> Attached:
    return Attached(
        message=MessageId(row.message),
        part=Part(row.part, row.length, row.digest),
        box=Box(row.box),
        state=FileState(row.state),
        item=row.item,
        file=row.file,
        list=row.list,
        done=row.done,
        attempts=row.attempts,
        next_at=row.next_at,
        code=None if row.code is None else Code(row.code),
    )
