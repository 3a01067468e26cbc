"""Reservations: a message with attachments is admitted, kept aside and not logged until its parts are here."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from hub.message_store import used_nonces, used_slots
from hub.part_store import PartStore
from hub.quota import ATTACHED, BYTES, DAY, MESSAGES, DayCounts
from hub.upload_store import insert_reservation, put_signed, read_until, read_upload, renew
from protocol.envelope import Envelope
from protocol.errors import Code, Fault
from protocol.ports import Clock, Entropy
from protocol.uploads import UploadState
from runtime.database import Database

_PLACE: Final = 16  # bytes, random: what lapsed and what comes later never share a place


@dataclass(frozen=True, slots=True)
class Reservations:
    """What making a reservation needs. ``limits`` are the daily ones, ``life_s`` how long a reservation lasts."""

    database: Database
    store: PartStore
    limits: Mapping[str, int]
    life_s: int
    clock: Clock
    entropy: Entropy

    async def reserve(self, envelope: Envelope) -> UploadState:
        """Return how far the upload has come, after the reservation is durable; a repeat finds what is held already.

        The envelope was admitted just now. Refuses SENDER_EQUIVOCATION, QUOTA (reserved bytes count on the day of the
        reservation, whatever becomes of it) and DISK_FULL.
        """
        total = sum(part.length for part in envelope.manifest.attachments)
        room = await self.store.room()
        if not self.database.accepting or (room is not None and room < total):
            raise Fault(Code.DISK_FULL, "attachments")
        place = self.entropy(_PLACE)
        size = len(envelope.encode())
        uses = {MESSAGES: 1, BYTES: size, ATTACHED: total}
        work = partial(self._reserve, envelope=envelope, place=place, uses=uses)
        return await self.database.write(work, size)

    def _reserve(
        self, connection: Connection, envelope: Envelope, place: bytes, uses: Mapping[str, int]
    ) -> UploadState:
        core, now = envelope.manifest.core, self.clock()
        until = min(now + self.life_s, core.expires_at)
        lapses = read_until(connection, envelope.id, core.sender)
        if lapses is not None:
            put_signed(connection, envelope)  # its sender may have replaced its keys since the first time
        if lapses is not None and lapses > now:
            return read_upload(connection, envelope.id, lapses)
        slots = [(core.sender, each.node, core.channel, each.sequence) for each in core.to]
        if used_nonces(connection, [(core.random, core.sender)]) or used_slots(connection, slots):
            raise Fault(Code.SENDER_EQUIVOCATION)
        counts = DayCounts(connection, now // DAY, self.limits)
        refused = counts.check(core.sender, uses)
        if refused is not None:
            raise refused
        counts.write()
        if lapses is None:
            insert_reservation(connection, envelope, place, until)
        else:
            renew(connection, envelope.id, until)  # lapsed, and not collected yet: what is held is still good
        return read_upload(connection, envelope.id, until)
