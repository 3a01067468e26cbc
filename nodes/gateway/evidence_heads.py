"""Under which checkpoints a bundle proves: for each leaf the first one that a quorum of witnesses saw it under.

The directory goes in as a quorum saw it afterwards, with the keys of all who signed still in force: only so are they
proved good without the hub's word. Where witnesses have not come so far, the hub's newest checkpoints go in;
while the hub does not answer, those that were stored when things happened.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from keys.signed_head import all_charters, directory_charters, signed_head, witnessed_head
from nodes.gateway.evidence_kept import Kept, StoredProof
from nodes.gateway.heads import find_head, parse_hashes
from nodes.gateway.replica_store import entry_page
from nodes.gateway.stores import Network, Store
from nodes.gateway.trouble import HubRefused, HubTrouble
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.checkpoint import directory_origin, messages_origin
from protocol.errors import Code, Fault
from protocol.evidence import Inclusion
from protocol.evidence_bundle import head_of
from protocol.ids import NodeId
from protocol.leaf import parse_leaf
from protocol.witnessing import Witnessed

_STEPS: Final = 64  # directory checkpoints that are looked at: a directory grows by a few entries a week

Places = Mapping[int, Inclusion]
"""Each place in the log under a checkpoint of the bundle, by its index."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The directory and the checkpoints of a bundle, and every place in the log under one of them."""

    directory: tuple[bytes, ...] = field(repr=False)
    directory_checkpoint: bytes = field(repr=False)
    checkpoints: tuple[bytes, ...] = field(repr=False)
    places: Places = field(repr=False)

    def inclusion(self, proof: StoredProof) -> Inclusion:
        """Return the place of a stored proof under a checkpoint of the bundle."""
        return self.places[proof.inclusion.index]


@dataclass(frozen=True, slots=True)
class _Needed:
    """What the directory of a bundle has to show: a size, a moment, and who signed at which sizes."""

    size: int
    since: int
    signers: tuple[tuple[NodeId, int], ...]


class EvidenceHeads:
    """Finds checkpoints for bundles."""

    def __init__(self, network: Network, store: Store) -> None:
        self._network = network
        self._store = store

    async def find(self, kept: Sequence[Kept]) -> Heading:
        """Return directory, checkpoints and places for these messages.

        Raises STALE_DIRECTORY while this node has not seen the directory of every leaf, and the faults of a head that
        does not continue the ones before.
        """
        proofs = [proof for each in kept for proof in each.proofs]
        signers = tuple(signer for each in kept for signer in _signers(each))
        size = max(_size_at(each) for each in proofs)
        try:
            if self._network.replica.directory.size < size:
                await self._network.sync.run()
            notes, places = await self._anew(proofs)
        except HubTrouble:
            notes, places = _stored(proofs)
        seen = [self._witnessed_as(MESSAGE_LOG, each) for each in notes]
        since = max((each.at for each in seen if each is not None), default=0)
        size = max([size, *(self._named_at(each) for each in notes)])  # else the reader does not know their keys
        note = await self._directory_note(_Needed(size, since, signers))
        return Heading(await self._entries(head_of(note).size), note, notes, places)

    async def _anew(self, proofs: Sequence[StoredProof]) -> tuple[tuple[bytes, ...], Places]:
        """Return the hub's checkpoints over all of the proofs, and every place under the first that covers it."""
        notes: list[bytes] = []
        places: dict[int, Inclusion] = {}
        size = 0
        for proof in sorted(proofs, key=lambda each: each.inclusion.index):
            index = proof.inclusion.index
            if index >= size:
                note, size = await self._covering(index)
                notes.append(note)
            places[index] = await self._place(proof.inclusion, size)
        return tuple(notes), places

    async def _covering(self, index: int) -> tuple[bytes, int]:
        """Return a checkpoint over a leaf and its size: the first that counts as witnessed, else the hub's newest.

        What stands under witnesses of before may count no longer; then the newest witnessed one is asked for.
        """
        for after in (index, None):
            note = await self._witnessed(MESSAGE_LOG, after)
            if note is None:
                break
            await self._network.heads.verify(note)  # which fetches the charter of keys that are new here
            counted = await asyncio.to_thread(self._counted, note)
            if counted is not None and counted.size > index:
                await self._network.heads.accept(note)
                return note, counted.size
        note = await self._network.hub.checkpoint(MESSAGE_LOG)
        size = (await self._network.heads.accept(note)).size
        if size <= index:
            raise Fault(Code.ROLLBACK, "a checkpoint that does not cover what was logged")
        return note, size

    def _counted(self, note: bytes) -> Witnessed | None:
        """Return a checkpoint of messages as a quorum of its charter cosigned it; None without one."""
        directory = self._network.replica.directory
        try:
            return witnessed_head(note, messages_origin(directory.network_id), all_charters(directory))[0]
        except Fault as fault:
            if fault.code is not Code.QUORUM:
                raise
            return None

    async def _place(self, old: Inclusion, size: int) -> Inclusion:
        if old.size == size:
            return old
        hashes = parse_hashes(await self._network.hub.inclusion(MESSAGE_LOG, old.index, size))
        return Inclusion(old.entry, old.index, size, tuple(hashes))

    async def _witnessed(self, log: str, after: int | None) -> bytes | None:
        """Return the smallest witnessed checkpoint above a size, or the newest one; None where there is none."""
        try:
            return await self._network.hub.witnessed(log, after)
        except HubRefused as refused:
            if refused.code is Code.NOT_FOUND:
                return None
            raise

    async def _directory_note(self, needed: _Needed) -> bytes:
        """Return the checkpoint of the directory log that shows most: see the head of this file."""
        best = None
        try:
            best = await self._witnessed(DIRECTORY_LOG, None)
            note, after = best, needed.size - 1
            for _ in range(_STEPS):
                if note is None or self._shows(note, needed):
                    break
                note = await self._witnessed(DIRECTORY_LOG, after)
                after = after if note is None else head_of(note).size
            best = note or best
        except HubTrouble:
            pass  # then the directory goes in as it was stored
        if best is not None and needed.size <= head_of(best).size <= self._network.replica.directory.size:
            return best
        stored = await self._store.database.read(lambda connection: find_head(connection, DIRECTORY_LOG))
        if stored is None or stored.size < needed.size:
            raise Fault(Code.STALE_DIRECTORY, "the directory's checkpoint")
        return stored.note

    def _shows(self, note: bytes, needed: _Needed) -> bool:
        """Tell whether a quorum saw this directory late enough, with the keys of all signers in force."""
        directory, size = self._network.replica.directory, head_of(note).size
        seen = self._witnessed_as(DIRECTORY_LOG, note)
        if seen is None or seen.still_at < needed.since or not needed.size <= size <= directory.size:
            return False
        return all(
            directory.signing_identity_at(node, at) == directory.signing_identity_at(node, size) is not None
            for node, at in needed.signers
        )

    def _witnessed_as(self, log: str, note: bytes) -> Witnessed | None:
        """Return a checkpoint as a quorum of its charter cosigned it; None without one."""
        directory = self._network.replica.directory
        try:
            if log == MESSAGE_LOG:
                found, _ = witnessed_head(note, messages_origin(directory.network_id), all_charters(directory))
            else:
                charters = directory_charters(directory, head_of(note).size)
                found, _ = witnessed_head(note, directory_origin(directory.network_id), charters)
        except Fault:
            return None
        return found

    def _named_at(self, note: bytes) -> int:
        """Return the smallest size of the directory whose charter names the keys of a checkpoint of messages."""
        directory = self._network.replica.directory
        _, signed = signed_head(note, messages_origin(directory.network_id), all_charters(directory))
        sizes = range(1, directory.size + 1)
        charters = ((size, directory.charter_at(size)) for size in sizes)
        return next(size for size, each in charters if each and each.hub_log_keys == signed.hub_log_keys)

    async def _entries(self, size: int) -> tuple[bytes, ...]:
        entries = [self._network.replica.charter_entry]
        while len(entries) < size:
            page = await self._store.database.read(partial(entry_page, start=len(entries)))
            if not page:
                raise Fault(Code.STALE_DIRECTORY, "entries")
            entries += [body for _, body in page]
        return tuple(entries[:size])


def _stored(proofs: Sequence[StoredProof]) -> tuple[tuple[bytes, ...], Places]:
    """Return the checkpoints and places as they were stored."""
    notes = {each.inclusion.size: each.checkpoint for each in proofs}
    places = {each.inclusion.index: each.inclusion for each in proofs}
    used = {each.size for each in places.values()}
    return tuple(notes[each] for each in sorted(used)), places


def _signers(kept: Kept) -> list[tuple[NodeId, int]]:
    """Return who signed, each with the directory size of its leaf."""
    found = [(kept.manifest.core.sender, _size_at(kept.proof))]
    return found + [(receipt.receipt.recipient, _size_at(proof)) for receipt, proof in kept.receipts]


def _size_at(proof: StoredProof) -> int:
    return parse_leaf(proof.inclusion.entry).directory_size
