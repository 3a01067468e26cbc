"""Erases messages with everything that came of them here, and leaves signed evidence that tells ids and no content.

What goes with a message: its content and what a consent's end locked of it, its files, the words that people wrote when
they released, returned, restricted or corrected it or settled a duty of it, drafts that answer it with what a second
person was asked about them, and with each item its search tags. The rows stay, so that it remains known that there was
a message. The epoch of the keys ends with the next round of the node's keys (``Rotation.erase_content``).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table, delete, func, insert, select

from nodes.case_event_tables import case_approval
from nodes.case_tables import correction_step, restricted_reading
from nodes.consent_tables import consent_lock
from nodes.draft_tables import draft
from nodes.gateway import attachments
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.here import Here
from nodes.gateway.journal import doer_now
from nodes.gateway.stores import Store
from nodes.gateway.vault import erase_item, owed_epoch
from nodes.inquiry_tables import inquiry, release_copy
from nodes.retention_tables import erased, erasure
from nodes.schema import duty, inbox, outbox
from protocol.erasure import Erasure, parse_erasure, sign_erasure
from protocol.ids import DIGEST_SIZE, MessageId
from protocol.limits import MAX_ERASED

ERASE: Final = "erase"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signed piece of evidence: when, on which ground, by whose id, and its bytes."""

    id: bytes
    at: int
    ground: str
    by: str
    raw: bytes


class Erasing:
    """Erases in the transaction of whoever decided it."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    def erase(
        self, connection: Connection, messages: Collection[MessageId], ground: str, *, logged: bool = False
    ) -> int:
        """Return how many contents were erased with their messages, after the log and the evidence say so.

        ``ground`` is a code. Nothing is written where nothing was left; with ``logged`` the log says it already, in
        other words. Holds are for the caller to heed.
        """
        wanted = sorted(set(messages))
        contents = set(_contents(connection, wanted))
        around = set(_around(connection, wanted))
        for message in wanted:
            attachments.drop_of(connection, message)
        connection.execute(delete(draft).where(draft.c.in_reply_to.in_(wanted)))
        for item in sorted(contents | around):
            erase_item(connection, item)
        if contents:
            write = self.witness if logged else self.note
            write(connection, wanted, ground, len(contents))
        return len(contents)

    def note(self, connection: Connection, ids: Sequence[bytes], ground: str, items: int) -> None:
        """Write down, in the log and as signed evidence, that so many items of these ids were erased now."""
        act = Act(operation=Operation.ERASURE, deed=ERASE, objects=tuple(ids), count=items, reason=ground)
        self._store.journal.note(connection, act)
        self.witness(connection, ids, ground, items)

    def witness(self, connection: Connection, ids: Iterable[bytes], ground: str, items: int) -> None:
        """Store signed evidence alone, where the log says it already in other words."""
        here, by = self._here, doer_now().who
        for lot in _lots(sorted(set(ids))):
            said = Erasure(
                node=here.node,
                at=here.clock(),
                ground=ground,
                by=by,
                epoch=owed_epoch(connection),
                items=items,
                ids=lot,
            )
            raw = sign_erasure(said, here.signer, here.network)
            _put(connection, Evidence(parse_erasure(raw).id, said.at, ground, by, raw), lot)


def evidence_of(connection: Connection, subject: bytes) -> Evidence | None:
    """Return the evidence that a message, case, consent or account was erased; None while there is none."""
    query = select(erasure).join(erased, erased.c.erasure == erasure.c.id).where(erased.c.subject == subject)
    row = connection.execute(query).one_or_none()
    return None if row is None else Evidence(row.id, row.at, row.ground, row.by, row.raw)


def latest_evidence(connection: Connection, limit: int) -> Sequence[Evidence]:
    """Return the newest evidence, the newest first."""
    rows = connection.execute(select(erasure).order_by(erasure.c.at.desc(), erasure.c.id).limit(limit))
    return [Evidence(row.id, row.at, row.ground, row.by, row.raw) for row in rows]


def _put(connection: Connection, found: Evidence, subjects: Sequence[bytes]) -> None:
    if connection.execute(select(erasure.c.id).where(erasure.c.id == found.id)).first() is not None:
        return
    connection.execute(
        insert(erasure).values(id=found.id, at=found.at, ground=found.ground, by=found.by, raw=found.raw)
    )
    known = set(connection.execute(select(erased.c.subject).where(erased.c.subject.in_(subjects))).scalars())
    rows = [{"subject": each, "erasure": found.id} for each in subjects if each not in known]
    if rows:
        connection.execute(insert(erased), rows)


def _contents(connection: Connection, messages: Sequence[MessageId]) -> Iterator[bytes]:
    for table in (inbox, outbox, consent_lock):
        yield from _items(connection, table, "message", "item", messages)


def _around(connection: Connection, messages: Sequence[MessageId]) -> Iterator[bytes]:
    """Yield the items of what people wrote about the messages."""
    for table, key, column in (
        (inbox, "message", "reason"),
        (duty, "message", "note"),
        (correction_step, "about", "note"),
        (restricted_reading, "message", "reason"),
        (draft, "in_reply_to", "item"),
        (inquiry, "message", "item"),
        (inquiry, "message", "note"),
    ):
        yield from _items(connection, table, key, column, messages)
    yield from _asked_of_second(connection, messages)


def _asked_of_second(connection: Connection, messages: Sequence[MessageId]) -> Iterator[bytes]:
    """Yield the items of releases of drafts that answer the messages, or pass them on: copies, notes and reasons."""
    drafts = connection.execute(select(draft.c.id).where(draft.c.in_reply_to.in_(messages))).scalars()
    subjects = [bytes(each).hex() for each in drafts]
    passed_on = func.substr(case_approval.c.subject, 1, 2 * DIGEST_SIZE).in_([each.hex() for each in messages])
    asked = case_approval.outerjoin(release_copy, release_copy.c.approval == case_approval.c.number)
    query = select(case_approval.c.note, case_approval.c.reason, release_copy.c.item).select_from(asked)
    for row in connection.execute(query.where(case_approval.c.subject.in_(subjects) | passed_on)):
        yield from (each for each in row if each is not None)


def _items(
    connection: Connection, table: Table, key: str, column: str, messages: Sequence[MessageId]
) -> Iterator[bytes]:
    query = select(table.c[column]).where(table.c[key].in_(messages), table.c[column].is_not(None))
    yield from connection.execute(query).scalars()


def _lots(ids: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    for begin in range(0, len(ids), MAX_ERASED):
        yield tuple(ids[begin : begin + MAX_ERASED])
