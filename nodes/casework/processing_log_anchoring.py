"""Anchors the processing log in the network's log, looks whether it is as old as its own anchors, and shortens it.

An anchor is signed and queued in one transaction with the head it covers. The hub logs it like any other statement of
this node; what it learns is the number of entries.
"""

from typing import Final

from sqlalchemy import Connection

from nodes.casework.processing_log_anchor_store import highest, last_made, put_anchor
from nodes.casework.processing_log_anchors import SUBJECT, is_due, make_anchor
from nodes.casework.processing_log_book import LogBook
from nodes.casework.processing_log_store import find_head
from nodes.config import LogSettings
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.evidences import Proof, put_proof
from nodes.gateway.gateway import Gateway
from nodes.gateway.proofs import Claim, verify_logged
from nodes.gateway.trouble import GiveUp, HubRefused, Retry
from policies.clocks.zones import DAY, HOUR
from protocol.anchor import SignedAnchor, parse_anchor, sign_anchor, verify_anchor
from protocol.cbor import decode
from protocol.errors import Code, Fault
from protocol.leaf import LeafKind
from protocol.limits import MAX_BATCH, MAX_OBJECT
from protocol.shapes import as_bytes, as_list

_LOOK_S: Final = DAY  # between two looks at what the hub holds
_PAUSE_S: Final = 300.0
OLDER: Final = "processing log"
"""The subject of the alarm that the log is older than an anchor of it."""


class Anchoring:
    """Keeps the processing log of one node anchored."""

    def __init__(self, gateway: Gateway, book: LogBook, settings: LogSettings) -> None:
        self._gateway = gateway
        self._book = book
        self._settings = settings
        self._looked_at: int | None = None

    async def turn(self) -> bool:
        """Return whether an anchor was queued, after the log was compared with its anchors and shortened."""
        await self._look_back()
        made = await self.anchor()
        await self._book.trim(self._settings.keep_years)
        return made

    @property
    def pause_s(self) -> float:
        """Seconds until the next turn."""
        return _PAUSE_S

    async def anchor(self) -> bool:
        """Return whether the log was anchored as it stands, which it is when it is due.

        One that is behind its own anchors is not: it is anchored again once it has grown beyond them.
        """
        here, database = self._gateway.here, self._gateway.store.database
        pace = (self._settings.anchor_hours * HOUR, self._settings.anchor_entries)

        def work(connection: Connection) -> bool:
            head, now = find_head(connection, here.node), here.clock()
            behind = head.number <= highest(connection, here.node)  # a log put back: the hub would refuse the anchor
            if behind or not is_due(head, last_made(connection), now, pace):
                return False
            made = make_anchor(here.node, head, self._book.salts)
            put_anchor(connection, sign_anchor(made, here.signer, here.network), now)
            return True

        return await database.write(work)

    async def _look_back(self) -> None:
        """Fetch anchors that this node gave and no longer knows, once after the start and then once a day.

        A database that was put back from an older copy does not know them; the hub and the keystore do.
        """
        now = self._gateway.here.clock()
        if self._looked_at is not None and now - self._looked_at < _LOOK_S:
            return
        try:
            while await self._fetch():
                pass
        except (HubRefused, Retry, GiveUp, Fault):
            return  # the hub is away, or older than anchors are; asked again at the next turn
        self._looked_at = now

    async def _fetch(self) -> bool:
        """Return whether the hub may hold more anchors than were fetched now."""
        here, network, database = self._gateway.here, self._gateway.network, self._gateway.store.database
        known = await database.read(lambda connection: highest(connection, here.node))
        listed = as_list(decode(await network.hub.anchors(known), MAX_OBJECT), "anchors", 0, MAX_BATCH)
        for raw in listed:
            await self._take(parse_anchor(as_bytes(raw, "anchor")))
        later = await database.read(lambda connection: highest(connection, here.node))
        return len(listed) == MAX_BATCH and later > known

    async def _take(self, found: SignedAnchor) -> None:
        """Store an anchor of this node with its proof; an alarm when the log does not reach to it any more."""
        here, network, said = self._gateway.here, self._gateway.network, found.anchor
        raw = await network.hub.put_anchor(found.id, found.signed.raw)  # a repeat: it answers with the first proof
        logged = await verify_logged(network, Claim(LeafKind.ANCHOR, found.id), raw)
        identity = network.replica.directory.signing_identity_at(here.node, logged.leaf.directory_size)
        if said.node != here.node or identity is None:
            raise Fault(Code.SENDER_MISMATCH, "an anchor of somebody else")
        verify_anchor(found, identity, here.network)
        now = here.clock()
        proof = Proof(SUBJECT, here.node, said.count, found.signed.raw, logged.proof, now, logged.leaf.time)

        def store(connection: Connection) -> None:
            put_proof(connection, proof)
            if find_head(connection, here.node).number < said.count:
                raise_alarm(connection, Code.ANCHOR_ORDER.value, OLDER, now)

        await self._gateway.store.database.write(store)
