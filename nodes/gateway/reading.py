"""Shows what is stored: lists, one message with its content, its conversation, its evidence.

Content is decrypted only for the message shown, and shown only where the rules about reading allow it. Showing a
received message is its reading: the sender is told.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, Select

from nodes.gateway import evidences, inbox, outbox
from nodes.gateway.attachments import is_incomplete
from nodes.gateway.contents import fields_of, parse_draft, parse_opened
from nodes.gateway.corrections import put_reading
from nodes.gateway.deeds import Act, Operation, act_on
from nodes.gateway.disclosure_judge import DisclosureJudge, Showing
from nodes.gateway.evidences import Proof
from nodes.gateway.here import Here
from nodes.gateway.inbox import READABLE, InRow
from nodes.gateway.outbox import OutRow, Sent
from nodes.gateway.postings import put_posting
from nodes.gateway.receipts import make_receipt
from nodes.gateway.search import items_with
from nodes.gateway.stores import Store
from nodes.gateway.windows import Listing, Window
from policies.facts import Use
from protocol.core import Core
from protocol.envelope import BODY
from protocol.evidence import Event
from protocol.fields import Field
from protocol.ids import MessageId, NodeId, Reference
from protocol.stages import Draft, Opened, Refused

_TERMS: Final = 16  # bytes


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message this node sent; ``draft`` is None once its content was erased."""

    row: OutRow
    people: Sequence[Sent]
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message this node received; ``opened`` is None while it is held, cannot be opened, or was erased."""

    row: InRow
    opened: Opened | None

    @property
    def body(self) -> tuple[Field, ...]:
        """Paths and values of the body, empty without content."""
        return () if self.opened is None else fields_of(self.opened.body)

    @property
    def identity(self) -> tuple[Field, ...]:
        """Paths and values of the identity part, empty where this node may not read it."""
        return () if self.opened is None else fields_of(self.opened.identity)


Message = SentMessage | ReceivedMessage


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation, both directions."""

    sent: Sequence[OutRow]
    received: Sequence[InRow]


def wholly(found: Message, reader: NodeId, use: Use) -> Showing | None:
    """Return the use of a whole message by its reader; None where nothing is here to be used."""
    if isinstance(found, SentMessage):
        header: Core | Draft | None = found.draft
        fields = () if found.draft is None else tuple(sorted(found.draft.body))
    else:
        header = None if found.opened is None else found.opened.core
        fields = found.body
    if header is None or found.row.message is None:
        return None
    return Showing(
        message=found.row.message,
        core=header,
        part=BODY,
        fields=fields,
        shown=frozenset(path for path, _ in fields),
        recipient=reader,
        purpose=header.purpose,
        use=use,
    )


def _consulted(found: Message, message: MessageId, use: Use, *, despite: bool) -> Act:
    """Return the consultation of a message, whole or, where its content is not shown, of its header."""
    showing = wholly(found, NodeId(""), use)
    reason = "restricted" if despite else None
    deed = {Use.PRINT: "print"}.get(use, "show")
    if showing is None:
        row = found.row
        act = Act(operation=Operation.CONSULTATION, deed="show-header", objects=(message,), channel=row.channel)
        return replace(act, type=row.type, reason=reason)
    return replace(act_on(Operation.CONSULTATION, deed, message, showing.core), reason=reason)


class Reading:
    """Reads the store for people and programs."""

    def __init__(self, here: Here, store: Store, judge: DisclosureJudge) -> None:
        self._here = here
        self._store = store
        self._judge = judge

    async def received(self, limit: int, query: str | None = None) -> Sequence[InRow]:
        """Return the newest received items, those that have all words of ``query`` where given."""
        return (await self.list_received(Window(limit), query)).rows

    async def sent(self, limit: int, query: str | None = None) -> Sequence[OutRow]:
        """Return the newest sent messages, those that have all words of ``query`` where given."""
        return (await self.list_sent(Window(limit), query)).rows

    async def list_received(self, window: Window, query: str | None = None) -> Listing[InRow]:
        """Return the received items of a window, those that have all words of ``query`` where given."""
        items = self._matching(query)
        found = await self._store.database.read(lambda connection: inbox.listing(connection, window, items))
        await self._note_search(query, [each.message for each in found.rows])
        return found

    async def list_sent(self, window: Window, query: str | None = None) -> Listing[OutRow]:
        """Return the sent messages of a window, those that have all words of ``query`` where given."""
        items = self._matching(query)
        found = await self._store.database.read(lambda connection: outbox.listing(connection, window, items))
        await self._note_search(query, [each.message for each in found.rows])
        return found

    async def _note_search(self, query: str | None, found: Sequence[MessageId | None]) -> None:
        """Write down that somebody searched, as a keyed hash of the words, before what was found is shown."""
        if query is None:
            return
        tags = b"".join(sorted(self._store.search.query(query)))
        act = Act(
            operation=Operation.CONSULTATION,
            deed="search",
            objects=tuple(each for each in found if each is not None),
            terms=hashlib.sha256(tags).digest()[:_TERMS],
            count=len(found),
        )
        await self._store.database.write(lambda connection: self._store.journal.note(connection, act))

    async def people(self, message: MessageId) -> Sequence[Sent]:
        """Return the addressees of a sent message."""
        return await self._store.database.read(lambda c: outbox.addressees(c, message))

    async def find(self, message: MessageId) -> Message | None:
        """Return a message of either box without its being read; None for an id that is not here.

        This is for the gateway itself: nothing of it is shown to anybody before ``open`` allowed it.
        """
        return await self._store.database.read(lambda c: self._load(c, message))

    async def open(
        self, message: MessageId, use: Use = Use.READ, *, despite: str | None = None
    ) -> Message | Refused | None:
        """Return a message to a reader or printer, or why the rules forbid it; None for an id that is not here.

        The first time, the confirmation of the reading is stored with it. ``despite`` is the reason for which a person
        reads what is restricted; it is stored before anything is shown.
        """
        found = await self.find(message)
        refused = None if found is None else await self._refused(found, use, despite=despite is not None)
        if refused is not None:
            return refused
        if found is None:
            return None
        receipt = None
        if isinstance(found, ReceivedMessage) and found.row.state in READABLE and found.row.read_at is None:
            receipt = await asyncio.to_thread(make_receipt, self._here, Event.CONTENT_ACCESS_TRACKING, message)
        now, act = self._here.clock(), _consulted(found, message, use, despite=despite is not None)

        def note(connection: Connection) -> None:
            if despite is not None:
                reason = self._store.vault.put(connection, despite.encode())
                put_reading(connection, message, now, reason)
            # While attachments are on their way, the download posts both receipts in their order.
            read = receipt is not None and inbox.mark_read(connection, message, now)
            if receipt is not None and read and not is_incomplete(connection, message):
                put_posting(connection, receipt, now)
            self._store.journal.note(connection, act)

        await self._store.database.write(note)
        return found if receipt is None else await self.find(message)

    async def _refused(self, found: Message, use: Use, *, despite: bool) -> Refused | None:
        showing = wholly(found, self._here.node, use)
        verdict = None if showing is None else await self._judge.judge(replace(showing, despite=despite))
        return verdict if isinstance(verdict, Refused) else None

    async def thread(self, conversation: Reference) -> Thread:
        """Return all messages of a conversation."""

        def load(connection: Connection) -> Thread:
            return Thread(
                outbox.in_conversation(connection, conversation), inbox.in_conversation(connection, conversation)
            )

        return await self._store.database.read(load)

    async def evidence(self, message: MessageId) -> tuple[bytes | None, Sequence[Proof]] | None:
        """Return the signed manifest and all proofs of a message; None for an id that is not here."""

        def load(connection: Connection) -> tuple[bytes | None, Sequence[Proof]] | None:
            if inbox.find(connection, message) is not None:
                return inbox.proof_bytes(connection, message), evidences.proofs(connection, message)
            if outbox.find(connection, message) is not None:
                return outbox.signed_bytes(connection, message), evidences.proofs(connection, message)
            return None

        return await self._store.database.read(load)

    def _matching(self, query: str | None) -> Select[tuple[bytes]] | None:
        return None if query is None else items_with(self._store.search.query(query))

    def _load(self, connection: Connection, message: MessageId) -> Message | None:
        row = inbox.find(connection, message)
        if row is not None:
            content = self._store.vault.get(connection, row.item) if row.state in READABLE else None
            return ReceivedMessage(row, None if content is None else parse_opened(content))
        sent = outbox.find(connection, message)
        if sent is None:
            return None
        draft = self._store.vault.get(connection, sent.item)
        people = outbox.addressees(connection, message)
        return SentMessage(sent, people, None if draft is None else parse_draft(draft))
