"""The ends of consents as this node knows them, own ones and those that it was told; all their SQL.

An end is a withdrawal by the person or the expiry of what was granted. Its holder keeps a notice for each party that it
has to reach; a party keeps which content the end locked here until somebody erases it or says why the law keeps it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from nodes.consent_tables import consent_lock, consent_notice, consent_withdrawal
from nodes.schema import addressee, outbox
from protocol.ids import MessageId, NodeId, Reference


class EndKind(StrEnum):
    """Why a consent ends."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Result(StrEnum):
    """What a party did with the content; the codes are the catalogue's."""

    PURGED = "purged"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEnd:
    """An end to be stored. ``message`` brought it here, ``item`` says it; ``due_at`` is set where content is held."""

    consent: Reference
    version: int
    holder: NodeId
    kind: EndKind
    whole: bool
    at: int
    message: MessageId | None = None
    item: bytes | None = None
    due_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End(NewEnd):
    """An end as it stands. Times are seconds UTC."""

    number: int
    result: Result | None
    items: int | None
    done_at: int | None
    receipt: MessageId | None


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a notice is on its way to its party; ``failed`` when the party could not open it or never fetched it."""

    handed_over_at: int | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What the holder told one party of an end, and what the party answered."""

    withdrawal: int
    node: NodeId
    message: MessageId | None
    trouble: str | None
    due_at: int
    result: Result | None
    items: int | None
    done_at: int | None
    reached: Reached


def put_end(connection: Connection, new: NewEnd) -> int | None:
    """Store an end and return its number; None when the message that tells it was heard before."""
    if new.message is not None:
        known = select(consent_withdrawal.c.number).where(consent_withdrawal.c.message == new.message)
        if connection.execute(known).first() is not None:
            return None
    values = {
        "consent": new.consent,
        "version": new.version,
        "holder": new.holder,
        "kind": new.kind.value,
        "whole": new.whole,
        "message": new.message,
        "item": new.item,
        "at": new.at,
        "due_at": new.due_at,
    }
    found = connection.execute(insert(consent_withdrawal).values(**values)).inserted_primary_key
    return None if found is None else int(found[0])


def find_end(connection: Connection, number: int) -> End | None:
    """Return one end."""
    row = connection.execute(select(consent_withdrawal).where(consent_withdrawal.c.number == number)).one_or_none()
    return None if row is None else _end(row)


def ends_of(connection: Connection, consent: Reference) -> Sequence[End]:
    """Return every end of a consent in the order they were stored."""
    return _ends(connection, select(consent_withdrawal).where(consent_withdrawal.c.consent == consent))


def ends_here(connection: Connection, *, done: bool) -> Sequence[End]:
    """Return the ends whose content is here: those to be carried out, or with ``done`` those that were."""
    c = consent_withdrawal.c
    state = c.done_at.is_not(None) if done else c.done_at.is_(None)
    return _ends(connection, select(consent_withdrawal).where(c.due_at.is_not(None), state))


def owed_receipts(connection: Connection) -> Sequence[End]:
    """Return the ends that were carried out here and whose holder was not told yet."""
    c = consent_withdrawal.c
    return _ends(
        connection,
        select(consent_withdrawal).where(c.done_at.is_not(None), c.receipt.is_(None), c.message.is_not(None)),
    )


def carry_out(connection: Connection, number: int, result: Result, at: int, reason: bytes | None) -> None:
    """Note what was done with the content under an end, and with how many messages."""
    locked = len({each.message for each in locks_of(connection, number)})
    values = {"result": result.value, "items": locked, "done_at": at, "reason": reason}
    connection.execute(update(consent_withdrawal).where(consent_withdrawal.c.number == number).values(values))


def reason_of(connection: Connection, number: int) -> bytes | None:
    """Return the vault item that says why the content under an end is kept."""
    query = select(consent_withdrawal.c.reason).where(consent_withdrawal.c.number == number)
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found


def note_receipt(connection: Connection, number: int, receipt: MessageId) -> None:
    """Note the message that told the holder."""
    connection.execute(update(consent_withdrawal).where(consent_withdrawal.c.number == number).values(receipt=receipt))


def put_notice(connection: Connection, number: int, node: NodeId, due_at: int) -> None:
    """Note that a party has to be told of an end and answers by ``due_at``."""
    connection.execute(insert(consent_notice).values(withdrawal=number, node=node, due_at=due_at))


def unsent_notices(connection: Connection) -> Sequence[Notice]:
    """Return the notices that have no message yet."""
    return _notices(connection, select(consent_notice).where(consent_notice.c.message.is_(None)))


def notices_of(connection: Connection, number: int) -> Sequence[Notice]:
    """Return the notices of one end."""
    return _notices(connection, select(consent_notice).where(consent_notice.c.withdrawal == number))


def open_notices(connection: Connection) -> Sequence[Notice]:
    """Return every notice that nobody answered yet."""
    return _notices(connection, select(consent_notice).where(consent_notice.c.done_at.is_(None)))


def note_sent(connection: Connection, notice: Notice, message: MessageId | None, trouble: str | None) -> None:
    """Note the message that tells a party, or what stands in its way."""
    where = (consent_notice.c.withdrawal == notice.withdrawal, consent_notice.c.node == notice.node)
    connection.execute(update(consent_notice).where(*where).values(message=message, trouble=trouble))


def answer_notice(connection: Connection, notice: Notice, answer: tuple[Result, int, MessageId], at: int) -> None:
    """Note what a party says that it did, with how many messages, in which message of its own."""
    result, items, receipt = answer
    where = (consent_notice.c.withdrawal == notice.withdrawal, consent_notice.c.node == notice.node)
    values = {"result": result.value, "items": items, "receipt": receipt, "done_at": at}
    connection.execute(update(consent_notice).where(*where).values(values))


@dataclass(frozen=True, slots=True)
class Locked:
    """Content that an end locked: of which message, all of it or a part, and when it must be gone in any case."""

    withdrawal: int
    message: MessageId
    box: str
    item: bytes | None
    part: bool
    erase_by: int | None


def put_lock(connection: Connection, new: Locked) -> None:
    """Store that content is locked."""
    connection.execute(
        insert(consent_lock).values(
            withdrawal=new.withdrawal,
            message=new.message,
            box=new.box,
            item=new.item,
            part=new.part,
            erase_by=new.erase_by,
        )
    )


def drop_lock(connection: Connection, locked: Locked) -> None:
    """Forget a lock whose content may be read again."""
    c = consent_lock.c
    where = (c.withdrawal == locked.withdrawal, c.message == locked.message, c.item == locked.item)
    connection.execute(delete(consent_lock).where(*where))


def drop_end(connection: Connection, number: int) -> None:
    """Forget an end that locks nothing."""
    connection.execute(delete(consent_withdrawal).where(consent_withdrawal.c.number == number))


def held_consents(connection: Connection) -> Sequence[Reference]:
    """Return the consents that ended and whose content is or was here."""
    query = select(consent_withdrawal.c.consent).where(consent_withdrawal.c.due_at.is_not(None)).distinct()
    return [Reference(row.consent) for row in connection.execute(query)]


def locks_of(connection: Connection, number: int) -> Sequence[Locked]:
    """Return what an end locked here."""
    query = select(consent_lock).where(consent_lock.c.withdrawal == number).order_by(consent_lock.c.number)
    return [_lock(row) for row in connection.execute(query)]


def ends_over(connection: Connection, message: MessageId) -> Sequence[int]:
    """Return the numbers of the ends that locked content of a message."""
    query = select(consent_lock.c.withdrawal).where(consent_lock.c.message == message).distinct()
    return [row.withdrawal for row in connection.execute(query.order_by(consent_lock.c.withdrawal))]


def due_locks(connection: Connection, now: int) -> Sequence[bytes]:
    """Return locked content whose date of erasure has come."""
    query = select(consent_lock.c.item).where(consent_lock.c.item.is_not(None), consent_lock.c.erase_by <= now)
    return [row.item for row in connection.execute(query)]


def locked_messages(connection: Connection, items: Collection[bytes]) -> Sequence[MessageId]:
    """Return the messages of which something locked is one of ``items``."""
    query = select(consent_lock.c.message).where(consent_lock.c.item.in_(sorted(items)))
    return [MessageId(row.message) for row in connection.execute(query)]


def _ends(connection: Connection, query: "Select[Any]") -> Sequence[End]:
    return [_end(row) for row in connection.execute(query.order_by(consent_withdrawal.c.number))]


def _end(row: Row[Any]) -> End:
    return End(
        number=row.number,
        consent=Reference(row.consent),
        version=row.version,
        holder=NodeId(row.holder),
        kind=EndKind(row.kind),
        whole=row.whole,
        message=None if row.message is None else MessageId(row.message),
        item=row.item,
        at=row.at,
        due_at=row.due_at,
        result=None if row.result is None else Result(row.result),
        items=row.items,
        done_at=row.done_at,
        receipt=None if row.receipt is None else MessageId(row.receipt),
    )


def _notices(connection: Connection, query: "Select[Any]") -> Sequence[Notice]:
    rows = connection.execute(query.order_by(consent_notice.c.withdrawal, consent_notice.c.node)).all()
    return [_notice(connection, row) for row in rows]


def _notice(connection: Connection, row: Row[Any]) -> Notice:
    message = None if row.message is None else MessageId(row.message)
    return Notice(
        withdrawal=row.withdrawal,
        node=NodeId(row.node),
        message=message,
        trouble=row.trouble,
        due_at=row.due_at,
        result=None if row.result is None else Result(row.result),
        items=row.items,
        done_at=row.done_at,
        reached=_reached(connection, message, NodeId(row.node)),
    )


def _reached(connection: Connection, message: MessageId | None, node: NodeId) -> Reached:
    """Return how far the message is, under the id that it has now: sealed anew it has another."""
    while message is not None:
        row = connection.execute(select(outbox.c.replaced_by).where(outbox.c.message == message)).one_or_none()
        if row is None or row.replaced_by is None:
            break
        message = MessageId(row.replaced_by)
    found = connection.execute(
        select(addressee).where(addressee.c.message == message, addressee.c.node == node)
    ).one_or_none()
    if found is None:
        return Reached()
    unfetched = found.unserved_at is not None and found.handed_over_at is None
    return Reached(found.handed_over_at, found.failed_at is not None or found.rejected_at is not None or unfetched)


def _lock(row: Row[Any]) -> Locked:
    return Locked(row.withdrawal, MessageId(row.message), row.box, row.item, row.part, row.erase_by)
