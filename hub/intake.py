"""The one write path of the message log: everything that waits goes through one transaction, once per commit.

For each batch: (1) lock the log head, (2) judge each item against what is stored and against the items before it in
the batch, (3) give each accepted item its leaf and its mailbox numbers, (4) write rows, tiles, head and counts. After
the commit the log publishes its new edge. Checkpoints and answers come after that, outside.
"""

from collections import deque
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection

from hub.batch import Batch, Ground
from hub.intake_acts import store_act
from hub.intake_anchors import store_anchor
from hub.intake_evidence import store_receipt, store_token
from hub.intake_messages import store_messages
from hub.intake_unserved import store_unserved
from hub.intake_voids import store_void
from hub.items import (
    Item,
    Logged,
    NewAct,
    NewAnchor,
    NewMessage,
    NewNote,
    NewReceipt,
    NewToken,
    NewUnserved,
    NewVoid,
)
from hub.logs import LedgerLog
from hub.quota import QuotaSettings
from hub.roster import Roster
from hub.wakeups import Place, WakeUps
from protocol.cose import ed25519_kid
from protocol.errors import Code, Fault
from protocol.ports import Clock

T = TypeVar("T")
Numbered = list[tuple[int, T]]


class Intake:
    """Takes items from any number of callers. One per message log."""

    def __init__(self, log: LedgerLog, roster: Roster, wakeups: WakeUps, quotas: QuotaSettings, clock: Clock) -> None:
        self.database = log.database
        self._log = log
        self._wakeups = wakeups
        self._news: deque[tuple[int, tuple[Place, ...]]] = deque()
        log.on_sealed.append(self._ring)
        self._roster = roster
        self._limits = quotas.daily()
        self._clock = clock
        self._batch: Batch | None = None
        self._growing = log.database.batcher(self._run, self._publish)

    async def take(self, item: Item, size: int) -> Logged:
        """Return only after the item, its leaf and its mailbox items are committed together.

        Before that the caller must assume nothing and repeat; repeating is always safe. Raises ``Refused`` and
        ``Fault``. ``size`` is the item's bytes. What makes room is taken on a full disk too.
        """
        return await self._growing.submit(item, size, always=isinstance(item, NewUnserved))

    def _run(self, connection: Connection, items: list[Item]) -> Sequence[Logged | Exception]:
        ground = Ground(self._clock(), self._roster.current, self._limits)
        batch = Batch(connection, self._log, ground)
        results: dict[int, Logged | Exception] = {}
        messages: Numbered[NewMessage] = [(at, each) for at, each in enumerate(items) if isinstance(each, NewMessage)]
        stored = store_messages(batch, [each for _, each in messages])
        results.update(zip((at for at, _ in messages), stored, strict=True))
        for at, item in enumerate(items):
            if not isinstance(item, NewMessage):
                results[at] = _store(batch, item)
        batch.write()
        self._batch = batch
        return [results[at] for at in range(len(items))]

    def _publish(self, results: list[Logged]) -> None:
        batch, self._batch = self._batch, None
        self._log.publish()
        for work in batch.on_commit if batch is not None else ():
            work()
        self._news.extend((each.index, each.places) for each in results if each.places)
        self._log.announce()

    def _ring(self, size: int) -> None:
        """Wake who waits for items that a checkpoint of ``size`` leaves covers; only those can be served."""
        places: set[Place] = set()
        while self._news and self._news[0][0] < size:
            places.update(self._news.popleft()[1])
        self._wakeups.ring(places)


_Small = NewReceipt | NewVoid | NewToken | NewAnchor | NewUnserved | NewNote | NewAct


def _store(batch: Batch, item: _Small) -> Logged | Exception:
    if not isinstance(item, NewUnserved | NewNote | NewAct) and not _is_in_force(batch, item):
        return Fault(Code.UNKNOWN_KEY, "replaced since")
    match item:
        case NewReceipt():
            return store_receipt(batch, item)
        case NewVoid():
            return store_void(batch, item)
        case NewToken():
            return store_token(batch, item)
        case NewAnchor():
            return store_anchor(batch, item)
        case NewUnserved():
            return store_unserved(batch, item)
        case NewAct():
            return store_act(batch, item)
        case NewNote():
            leaves = [batch.append(item.kind, item.digest) for _ in range(item.count)]
            return Logged(*leaves[-1], fresh=True)


def _is_in_force(batch: Batch, item: NewReceipt | NewVoid | NewToken | NewAnchor) -> bool:
    """Tell whether the keys that an item was verified under are still its signer's at the leaf's directory size.

    Whoever reads the evidence verifies it at that size; a change of keys may have come in between.
    """
    match item:
        case NewReceipt():
            node, signed = item.receipt.receipt.recipient, item.receipt.signed
        case NewVoid():
            node, signed = item.void.void.sender, item.void.signed
        case NewToken():
            node, signed = item.token.token.holder, item.token.signed
        case NewAnchor():
            node, signed = item.anchor.anchor.node, item.anchor.signed
    identity = batch.snapshot.directory.signing_identity(node)
    return identity is not None and signed.ed_kid == ed25519_kid(identity.ed25519)
