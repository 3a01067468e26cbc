"""Fetches the attachments of received messages part by part; each is verified before it is stored.

What is stored is the ciphertext as it came. When the last attachment of a message is whole and was found to open, the
hand-over is confirmed, and only then may the hub delete its copy.
"""

import asyncio

from sqlalchemy import Connection

from nodes.config import GatewaySettings
from nodes.gateway import attachments, inbox
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.attachments import Attached, FileState
from nodes.gateway.backoff import delay_s
from nodes.gateway.carried import Carried
from nodes.gateway.enclosing import stored_file
from nodes.gateway.file_crypto import check_file
from nodes.gateway.held_notes import tell_rule
from nodes.gateway.here import Here
from nodes.gateway.inbox import InRow, InState
from nodes.gateway.passing_on import DISCLOSURE
from nodes.gateway.postings import Posting, put_posting
from nodes.gateway.receipts import make_receipt
from nodes.gateway.stores import Network, Store
from nodes.gateway.trouble import GiveUp, HubRefused, Retry
from protocol.errors import Code, Fault
from protocol.evidence import Event
from protocol.ids import MessageId
from protocol.limits import UPLOAD_PART
from protocol.parts import PartCheck, PartList, parse_part_list, verify_part_list

_PIECE = 256 << 10  # bytes in memory at a time
_TURNS = 64  # attachments that take turns
_OURS = frozenset({Code.BUSY, Code.DISK_FULL, Code.NOT_READY})
"""Faults of this machine: no alarm about the hub comes of them."""


class Downloader:
    """Drains what waits to be fetched, in slices: a long file holds up neither another file nor any message."""

    def __init__(self, here: Here, network: Network, store: Store, settings: GatewaySettings) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._settings = settings
        self._carried = Carried(network.replica, store)

    async def drain(self) -> int | None:
        """Return when every attachment that is due had its slice; the time of the next one, None if nothing waits."""
        now, room = self._here.clock(), asyncio.Semaphore(self._store.files.settings.parallel)

        async def fetch(each: Attached) -> None:
            async with room:
                await self.fetch(each)

        due = await self._store.database.read(lambda connection: attachments.due_downloads(connection, now, _TURNS))
        async with asyncio.TaskGroup() as group:
            for each in due:
                group.create_task(fetch(each))
        return await self._store.database.read(attachments.next_download)

    async def fetch(self, each: Attached) -> None:
        """Fetch one slice of an attachment and store what came of it."""
        try:
            await self._fetch(each)
        except Retry as trouble:
            await self._postpone(each, trouble.code)
        except HubRefused as trouble:
            # Before its end the hub owes the message: it may be suspended, restored or lying, and all of that passes.
            if await self._is_over(each):
                await self._end(each, FileState.FAILED, trouble.code)
                return
            await self._alarm(each, trouble.code)
            await self._postpone(each, trouble.code)
        except (GiveUp, Fault) as trouble:
            if trouble.code not in _OURS:
                await self._alarm(each, trouble.code)
            await self._postpone(each, trouble.code)

    async def _fetch(self, each: Attached) -> None:
        parts = await self._list(each)
        done = each.done
        until = min(each.parts, done + self._store.files.settings.slice_parts)
        while done < until:
            await self._take(each, parts, done)
            done += 1
            await self._note(each, done)
        if done == each.parts:
            await self._check(each)

    async def _list(self, each: Attached) -> PartList:
        """Return the list of parts, verified against what the sender signed."""
        if each.list is not None:
            return parse_part_list(each.list)
        raw = await self._network.hub.part_list(each.message, each.part.name)
        parts = parse_part_list(raw)
        verify_part_list(parts, each.part)
        await self._store.database.write(lambda connection: attachments.put_list(connection, each, raw))
        return parts

    async def _take(self, each: Attached, parts: PartList, index: int) -> None:
        """Return when one part is durable and verified; what is not stays beyond the count and is written over."""
        room, check = self._store.files, PartCheck(parts, index)
        await asyncio.to_thread(room.check_space, parts.size(index))
        with await asyncio.to_thread(room.extend, each.file, index * UPLOAD_PART) as out:
            held = bytearray()

            def put() -> None:
                check.update(bytes(held))
                room.write(out, held)
                held.clear()

            async def sink(piece: bytes) -> None:
                held.extend(piece)
                if len(held) >= _PIECE:
                    await asyncio.to_thread(put)

            await self._network.hub.part(each.message, each.part.name, index, sink)
            await asyncio.to_thread(put)
            check.finish()
            await asyncio.to_thread(room.make_durable, out)

    async def _note(self, each: Attached, done: int) -> None:
        now = self._here.clock()
        await self._store.database.write(lambda connection: attachments.note_done(connection, each, done, now))

    async def _check(self, each: Attached) -> None:
        """Open the whole file once. What does not open then never will, and the sender is told."""
        stored = await self._store.database.read(lambda connection: stored_file(self._store, connection, each))
        if stored is None:
            await self._end(each, FileState.DROPPED, None)
            return
        try:
            await asyncio.to_thread(check_file, self._store.files, stored)
        except Fault as fault:
            if fault.code in _OURS:
                raise
            await self._end(each, FileState.FAILED, fault.code)
            return
        await self._end(each, FileState.HERE, None)
        for passed in await self._carried.of(each.message) if stored.secret.media_type == DISCLOSURE else ():
            if passed.part == each.part.name and passed.fault is not None:
                await self._alarm(each, passed.fault)

    async def _end(self, each: Attached, state: FileState, code: Code | None) -> None:
        """Store how it ended; with the message's last attachment the receipts that waited for it are queued."""
        row = await self._store.database.read(lambda connection: inbox.find(connection, each.message))
        receipts = await asyncio.to_thread(self._receipts, each.message, row)
        now = self._here.clock()

        def store(connection: Connection) -> None:
            attachments.finish(connection, each, state, code)
            for receipt in _due_receipts(connection, each.message, receipts):
                put_posting(connection, receipt, now)

        await self._store.database.write(store)

    def _receipts(self, message: MessageId, row: InRow | None) -> dict[Event, Posting]:
        held, rule = row is not None and row.state is InState.HELD, b""
        if held and row is not None and row.decision is not None and row.sender is not None:
            about = (message, row.sender, row.channel)
            rule = tell_rule(self._here, self._network.replica.directory, row.decision, about)
        handed_over = Event.CONTENT_HANDOVER
        others = (Event.CONTENT_ACCESS_TRACKING, Event.CONTENT_HANDOVER_FAILURE)
        first = {handed_over: make_receipt(self._here, handed_over, message, held=held, rule=rule)}
        return first | {event: make_receipt(self._here, event, message) for event in others}

    async def _is_over(self, each: Attached) -> bool:
        row = await self._store.database.read(lambda connection: inbox.find(connection, each.message))
        return row is None or row.expires_at is None or row.expires_at <= self._here.clock()

    async def _postpone(self, each: Attached, code: Code) -> None:
        settings = self._settings
        find = attachments.find_attached
        now = await self._store.database.read(lambda connection: find(connection, each.message, each.part.name))
        attempts = each.attempts if now is None else now.attempts  # one that got further begins counting anew
        wait = delay_s(attempts + 1, settings.retry_base_s, settings.retry_cap_s, self._here.entropy)
        at = self._here.clock() + wait
        await self._store.database.write(lambda connection: attachments.postpone(connection, each, at, code))

    async def _alarm(self, each: Attached, code: Code) -> None:
        at, subject = self._here.clock(), f"attachment {each.message.hex()[:12]} {each.part.name}"
        await self._store.database.write(lambda connection: raise_alarm(connection, code.value, subject, at))


def _due_receipts(connection: Connection, message: MessageId, made: dict[Event, Posting]) -> list[Posting]:
    """Return the receipts that a message is due once none of its attachments is on its way any more."""
    states = {each.state for each in attachments.of_message(connection, message)}
    row = inbox.find(connection, message)
    if FileState.WAITING in states or FileState.DROPPED in states or row is None or row.state is InState.RETURNED:
        return []
    if FileState.FAILED in states:
        return [made[Event.CONTENT_HANDOVER_FAILURE]]
    read = [made[Event.CONTENT_ACCESS_TRACKING]] if row.read_at is not None else []
    return [made[Event.CONTENT_HANDOVER], *read]
