"""Brings the attachments of a message to the hub: reserve, list, parts, commit. Every step can be cut and taken again.

The hub says what it holds, so nothing is remembered wrongly here: after a cut at most the part under way is sent again.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

from sqlalchemy import Connection

from nodes.gateway import attachments, outbox
from nodes.gateway.attachments import Attached
from nodes.gateway.here import Here
from nodes.gateway.stores import Network, Store
from nodes.gateway.trouble import HubRefused, Retry
from protocol.errors import Code, Fault
from protocol.ids import MessageId
from protocol.limits import UPLOAD_PART
from protocol.parts import part_size
from protocol.uploads import HeldParts, UploadState, parse_upload
from runtime.http_client import Stream

_PIECE: Final = 256 << 10  # bytes in memory at a time
INCOMPLETE: Final = frozenset({Code.PART_MISSING, Code.ATT_MISSING, Code.NOT_FOUND})
"""Refusals that say: begin this upload again from what the hub holds."""


class Uploader:
    """Uploads a slice of one message at a time, one part after the other."""

    def __init__(self, here: Here, network: Network, store: Store, slice_parts: int) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._slice_parts = slice_parts

    async def advance(self, message: MessageId, envelope: bytes) -> bytes | None:
        """Return the acceptance evidence, or None when there is more to upload in the next turn.

        Raises the hub's troubles, MALFORMED for an answer that is none, and ATT_MISSING when a file is gone here.
        """
        files = await self._store.database.read(lambda connection: attachments.of_message(connection, message))
        state = await self._state(message)
        if state is None:
            raw = await self._network.hub.reserve(message, envelope)
            if raw is not None:
                return raw
            state = parse_upload(await self._network.hub.upload(message))
        try:
            if not await self._upload(files, state):
                return None
            return await self._network.hub.commit(message)
        except HubRefused as refused:
            if refused.code in INCOMPLETE:  # it lapsed meanwhile, or the hub lost a part
                raise Retry(refused.code) from refused
            raise

    async def _state(self, message: MessageId) -> UploadState | None:
        """Return what the hub holds; None when it expects nothing (any more)."""
        try:
            return parse_upload(await self._network.hub.upload(message))
        except HubRefused as refused:
            if refused.code is Code.NOT_FOUND:
                return None
            raise

    async def _upload(self, files: Sequence[Attached], state: UploadState) -> bool:
        """Upload what is missing within one slice; return whether everything is there now."""
        left = self._slice_parts
        held = {each.name: each for each in state.attachments}
        for each in files:
            known = held.get(each.part.name)
            if known is None or known.count != each.parts:
                raise Fault(Code.MALFORMED, "upload of something else")
            if not known.listed:
                await self._network.hub.put_part_list(each.message, each.part.name, each.list or b"")
            missing = known.missing
            await self._put_parts(each, known, missing[:left])
            left -= len(missing)
            if left < 0:
                return False
        return True

    async def _put_parts(self, each: Attached, known: HeldParts, indexes: Sequence[int]) -> None:
        done = known.count - len(known.missing)
        await self._note(each, done)
        for index in indexes:
            await self._network.hub.put_part(each.message, each.part.name, index, self._stream(each, index))
            done += 1
            await self._note(each, done)

    def _stream(self, each: Attached, index: int) -> Stream:
        """Return a part of a sealed file; ATT_MISSING when the file does not have all of it."""
        begin, size = index * UPLOAD_PART, part_size(each.part.length, index)
        if self._store.files.size(each.file) < begin + size:
            raise Fault(Code.ATT_MISSING, each.part.name)

        async def pieces() -> AsyncIterator[bytes]:
            with await asyncio.to_thread(self._store.files.open, each.file) as raw:
                await asyncio.to_thread(raw.seek, begin)
                left = size
                while left:
                    piece = await asyncio.to_thread(raw.read, min(_PIECE, left))
                    left -= len(piece)
                    if not piece:
                        raise Fault(Code.ATT_LENGTH, each.part.name)
                    yield piece

        return Stream(size, pieces)

    async def _note(self, each: Attached, done: int) -> None:
        now = self._here.clock()

        def note(connection: Connection) -> None:
            attachments.note_done(connection, each, done, now)
            outbox.note_progress(connection, each.message)

        await self._store.database.write(note)
