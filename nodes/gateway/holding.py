"""What a person does with a held message: release it with a reason, or return it to its sender."""

import asyncio
from enum import Enum, auto

from sqlalchemy import Connection

from nodes.gateway import inbox
from nodes.gateway.attachments import drop_of
from nodes.gateway.contents import fields_of, parse_opened
from nodes.gateway.corrections import NoticeBox, Origin, take_notice
from nodes.gateway.deeds import Act, Operation, restricting
from nodes.gateway.duties import About, DutyBox, put_duties
from nodes.gateway.foreign_consents import heed
from nodes.gateway.hearing import Ending
from nodes.gateway.here import Here
from nodes.gateway.inbox import InState
from nodes.gateway.postings import put_posting
from nodes.gateway.receipts import make_receipt
from nodes.gateway.stores import Store
from protocol.evidence import Event
from protocol.ids import MessageId


class Outcome(Enum):
    """What came of it."""

    DONE = auto()
    NOT_HELD = auto()
    UNKNOWN = auto()


class Holding:
    """Ends the wait of held messages. The reason is kept in the vault."""

    def __init__(self, here: Here, store: Store, ending: Ending) -> None:
        self._here = here
        self._store = store
        self._ending = ending

    async def release(self, message: MessageId, reason: str) -> Outcome:
        """Return DONE when readers may see the message from now on."""
        now = self._here.clock()

        def work(connection: Connection) -> Outcome:
            refused = _check(connection, message)
            if refused is not None:
                return refused
            kept = self._store.vault.put(connection, reason.encode())
            inbox.mark_released(connection, message, now, kept)
            self._note(connection, message, "release")
            row = inbox.find(connection, message)
            content = None if row is None else self._store.vault.get(connection, row.item)
            if row is not None and row.item is not None and content is not None:
                opened = parse_opened(content)
                heed(connection, self._ending, opened, now)
                origin = Origin(message, NoticeBox.IN, opened.core.sender, row.logged_at)
                restricted = take_notice(connection, origin, opened.core.type, fields_of(opened.body))
                if restricted:
                    self._store.journal.note(connection, restricting(restricted))
                if row.decision is not None:
                    about = About(message, DutyBox.IN, opened.core.channel, opened.core.type, now)
                    put_duties(connection, about, row.decision)
            return Outcome.DONE

        return await self._store.database.write(work)

    async def give_back(self, message: MessageId, reason: str) -> Outcome:
        """Return DONE when the message is closed here and the sender will be told that it was returned."""
        now = self._here.clock()
        receipt = await asyncio.to_thread(make_receipt, self._here, Event.CONSIGNMENT_REJECTION, message)

        def work(connection: Connection) -> Outcome:
            refused = _check(connection, message)
            if refused is not None:
                return refused
            kept = self._store.vault.put(connection, reason.encode())
            inbox.mark_returned(connection, message, now, kept)
            self._note(connection, message, "return")
            drop_of(connection, message)
            put_posting(connection, receipt, now)
            return Outcome.DONE

        return await self._store.database.write(work)

    def _note(self, connection: Connection, message: MessageId, deed: str) -> None:
        self._store.journal.note(connection, Act(operation=Operation.ALTERATION, deed=deed, objects=(message,)))


def _check(connection: Connection, message: MessageId) -> Outcome | None:
    row = inbox.find(connection, message)
    if row is None:
        return Outcome.UNKNOWN
    return None if row.state is InState.HELD else Outcome.NOT_HELD
