"""Messages of one batch: repeats, equivocation, a second look when the directory moved, quota, and their rows."""

from collections.abc import Sequence

from hub.admission import Admit, admit
from hub.batch import Batch
from hub.items import Logged, NewMessage, Refused
from hub.log_store import read_entry_at
from hub.message_store import (
    Known,
    Nonce,
    Slot,
    State,
    insert_messages,
    known_messages,
    used_nonces,
    used_slots,
)
from hub.quota import BYTES, MESSAGES
from hub.rows import Row
from hub.upload_store import complete_uploads, drop_reservation
from hub.wakeups import Place
from protocol.api import MESSAGE_LOG
from protocol.cbor import encode
from protocol.core import Core
from protocol.errors import Code, Fault
from protocol.leaf import LeafKind
from protocol.mailbox import ItemKind


def store_messages(batch: Batch, items: Sequence[NewMessage]) -> list[Logged | Exception]:
    """Return for each message where it is logged, or why it is refused; rows of the accepted ones are inserted."""
    return _Messages(batch, items).store() if items else []


class _Messages:
    def __init__(self, batch: Batch, items: Sequence[NewMessage]) -> None:
        self.batch = batch
        self.items = items
        envelopes = [item.candidate.envelope for item in items]
        cores = [envelope.manifest.core for envelope in envelopes]
        self.known = known_messages(batch.connection, [envelope.id for envelope in envelopes])
        self.nonces = used_nonces(batch.connection, [_nonce(core) for core in cores])
        self.slots = used_slots(batch.connection, [slot for core in cores for slot in _slots(core)])
        self.accepted: dict[bytes, Logged] = {}
        self.messages: list[Row] = []
        self.wraps: list[Row] = []
        self.old: dict[int, bytes] = {}
        waiting = [envelope.id for envelope in envelopes if envelope.manifest.attachments]
        self.uploaded = complete_uploads(batch.connection, waiting, batch.now)

    def store(self) -> list[Logged | Exception]:
        batch = self.batch
        if self.known:
            leaves = [each.leaf for each in self.known.values()]
            self.old = read_entry_at(batch.connection, MESSAGE_LOG, leaves)
        cores = [item.candidate.envelope.manifest.core for item in self.items]
        batch.open_mailboxes({(each.node, core.channel) for core in cores for each in core.to})
        batch.counts.preload({core.sender for core in cores})
        results = [self._store(item) for item in self.items]
        insert_messages(batch.connection, self.messages, self.wraps)
        return results

    def _store(self, item: NewMessage) -> Logged | Exception:
        envelope = item.candidate.envelope
        known = self.known.get(envelope.id)
        if known is not None:
            return self._repeat(item, known)
        if envelope.id in self.accepted:
            first = self.accepted[envelope.id]
            return Logged(first.index, first.entry, fresh=False)
        refused = self._refuse(item)
        if refused is not None:
            return refused
        logged = self._insert(item)
        self.accepted[envelope.id] = logged
        return logged

    def _repeat(self, item: NewMessage, known: Known) -> Logged | Exception:
        if known.sender != item.candidate.caller:
            return Fault(Code.SENDER_MISMATCH)
        return Logged(known.leaf, self.old[known.leaf], fresh=False)

    def _refuse(self, item: NewMessage) -> Exception | None:
        core = item.candidate.envelope.manifest.core
        slots = _slots(core)
        if _nonce(core) in self.nonces or any(slot in self.slots for slot in slots):
            return Fault(Code.SENDER_EQUIVOCATION)
        if item.version != self.batch.snapshot.version:
            outcome = admit(item.candidate, self.batch.snapshot.view(self.batch.now))
            if not isinstance(outcome, Admit):
                return Refused(outcome, core.sender)
        if core.expires_at <= self.batch.now:
            return Fault(Code.EXPIRED)
        refused = self._refuse_use(item)
        if refused is None:
            self.nonces.add(_nonce(core))
            self.slots.update(slots)
        return refused

    def _refuse_use(self, item: NewMessage) -> Fault | None:
        """A message with attachments was counted when it was reserved; what it must have now is every part."""
        envelope = item.candidate.envelope
        if not envelope.manifest.attachments:
            return self.batch.counts.check(envelope.manifest.core.sender, {MESSAGES: 1, BYTES: item.size})
        return None if envelope.id in self.uploaded else Fault(Code.ATT_MISSING)

    def _insert(self, item: NewMessage) -> Logged:
        envelope = item.candidate.envelope
        if envelope.id in self.uploaded:
            drop_reservation(self.batch.connection, envelope.id)
        core = envelope.manifest.core
        leaf, entry = self.batch.append(LeafKind.MESSAGE, envelope.id)
        contents = encode(list(envelope.contents))
        self.messages.append(
            (
                leaf,
                envelope.id,
                core.sender,
                core.random,
                core.channel,
                envelope.signed.raw,
                contents,
                self.batch.now,
                core.expires_at,
                int(State.STORED),
            )
        )
        places: list[Place] = []
        for index, (to, wrap) in enumerate(zip(core.to, envelope.wraps, strict=True)):
            place = (to.node, core.channel)
            number = self.batch.post(place, ItemKind.MESSAGE, leaf)
            row = (leaf, index, core.sender, to.node, core.channel, to.sequence, to.key_id, number, 0, wrap)
            self.wraps.append(row)
            places.append(place)
        return Logged(leaf, entry, fresh=True, places=tuple(places))


def _nonce(core: Core) -> Nonce:
    return core.random, core.sender


def _slots(core: Core) -> list[Slot]:
    return [(core.sender, each.node, core.channel, each.sequence) for each in core.to]
