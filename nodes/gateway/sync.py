"""Keeps the replica current: directory entries, the policy bundle, the hub's clock. Verify, store, swap, in this order.

A smaller or different directory is refused and raises an alarm; the node goes on with the last good one.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from keys.directory import Directory
from keys.signed_head import directory_charters, signed_head, witnessed_head
from nodes.gateway.alarms import clear_alarm, raise_alarm
from nodes.gateway.bundles import Bundle, parse_bundle
from nodes.gateway.directory_head import Target, check_change, find_head
from nodes.gateway.heads import SeenHead, parse_hashes, put_head
from nodes.gateway.hub_port import HubClient
from nodes.gateway.replica import HUB_OFFSET, SYNCED_AT, Replica
from nodes.gateway.replica_store import find_blobs, find_fact, put_blobs, put_entries, put_fact
from nodes.gateway.trouble import GiveUp, HubRefused
from protocol.api import DIRECTORY_LOG
from protocol.catalogue.bundle import parse_manifest
from protocol.cbor import decode
from protocol.charter import Charter
from protocol.checkpoint import Checkpoint, Head, directory_origin
from protocol.cosignature import Witness, verify_quorum
from protocol.errors import Code, Fault
from protocol.evidence_bundle import head_of
from protocol.ids import PolicyDigest
from protocol.limits import CLOCK_SKEW, DIRECTORY_FRESH, MAX_LOG_ENTRIES, WITNESSED_WITHIN
from protocol.merkle import verify_consistency
from protocol.ports import Clock
from protocol.shapes import as_bytes, as_int, as_list
from runtime.database import Database
from runtime.operator import corrupt_state

_SUBJECT: Final = "directory"
_UNWITNESSED_SINCE: Final = "unwitnessed-since"


@dataclass(frozen=True, slots=True)
class Synced:
    """What one look at the hub brought: entries that are new, and policy bundles that are new."""

    entries: int
    bundles: int


class Sync:
    """Pulls from the hub. One at a time; callers that come meanwhile wait for the next one."""

    def __init__(self, replica: Replica, database: Database, hub: HubClient, clock: Clock) -> None:
        self._replica = replica
        self._database = database
        self._hub = hub
        self._clock = clock
        self._lock = asyncio.Lock()

    async def run(self) -> Synced:
        """Return when the replica is as large as the hub's newest checkpoint and the policy bundle is there.

        Raises ROLLBACK, SPLIT_VIEW, ROOT_MISMATCH, BAD_CONSISTENCY, BAD_CHECKPOINT, BAD_SIGNATURE, BAD_COSIGNATURE,
        MISSING_SIGNATURE under no charter that may sign it, the faults of the fold, and the hub's troubles. What was
        verified before the fault stays.
        """
        async with self._lock:
            entries = await self._follow()
            bundles = await self._pull_bundles()
            await self._compare_clocks()
        return Synced(entries, bundles)

    async def follow(self) -> int:
        """Return how many entries are new, once the directory is as large as the hub's; policies are left alone.

        Raises as ``run``.
        """
        async with self._lock:
            return await self._follow()

    async def _follow(self) -> int:
        try:
            return await self._pull_directory()
        except Fault as fault:
            await self._alarm(fault.code)
            raise

    async def _pull_directory(self) -> int:
        directory = self._replica.directory
        note = await self._hub.checkpoint(DIRECTORY_LOG)
        head, charter = await find_head(note, directory, self._entries)
        target = head.checkpoint
        if target.size < directory.size:
            raise Fault(Code.ROLLBACK, f"{target.size} after {directory.size}")
        before = directory.size
        while directory.size < target.size:
            directory = await self._pull_page(directory, target, Target(note, charter.hub_log_keys))
        if directory.root != target.root:
            raise Fault(Code.SPLIT_VIEW, f"another root at size {target.size}")
        charters = directory_charters(directory, target.size)
        head, charter = await asyncio.to_thread(signed_head, note, target.origin, charters)
        await self._finish(head, note, charter)
        return directory.size - before

    async def _entries(self, start: int, end: int) -> Sequence[bytes]:
        return parse_entries(await self._hub.entries(DIRECTORY_LOG, start, end), end - start)

    async def _pull_page(self, directory: Directory, target: Checkpoint, signed: Target) -> Directory:
        """Verify one page against the target before it is stored: a long log never has to stand in memory."""
        page = await self._entries(directory.size, min(directory.size + MAX_LOG_ENTRIES, target.size))
        grown = await asyncio.to_thread(directory.extend, page)
        await check_change(signed, directory, grown, self._entries)
        if grown.size < target.size:
            proof = parse_hashes(await self._hub.consistency(DIRECTORY_LOG, grown.size, target.size))
            verify_consistency(grown.size, target.size, grown.root, target.root, proof)
        elif grown.root != target.root:
            raise Fault(Code.ROOT_MISMATCH, str(target.size))
        start = directory.size
        await self._database.write(lambda connection: put_entries(connection, start, page))
        self._replica.swap_directory(grown)
        return grown

    async def _finish(self, head: Head, note: bytes, charter: Charter) -> None:
        now = self._clock()
        since = await self._unwitnessed_since(head, charter, now)
        alone = since is not None and now - since > WITNESSED_WITHIN
        stale = now - head.time > DIRECTORY_FRESH
        seen = SeenHead(head.checkpoint.size, head.checkpoint.root, note)

        def store(connection: Connection) -> None:
            put_head(connection, seen, now, DIRECTORY_LOG)
            put_fact(connection, SYNCED_AT, now)
            put_fact(connection, _UNWITNESSED_SINCE, since or 0)
            _set_alarm(connection, Code.QUORUM, now, on=alone)
            _set_alarm(connection, Code.STALE_CHECKPOINT, now, on=stale)
            for code in (Code.MISSING_SIGNATURE, Code.ROLLBACK, Code.ROOT_MISMATCH):
                clear_alarm(connection, code.value, _SUBJECT)

        await self._database.write(store)
        self._replica.synced_at = now

    async def _unwitnessed_since(self, head: Head, charter: Charter, now: int) -> int | None:
        """Return since when the newest directory lacks its quorum; None while it has it, 0 where it never had any."""
        directory = self._replica.directory
        if await asyncio.to_thread(_is_witnessed, head, charter.witnesses, charter.quorum):
            return None
        try:
            note = await self._hub.witnessed(DIRECTORY_LOG, None)
            known = head_of(note)
            if known.size <= directory.size:  # else it is newer than the head of this round: the next one verifies it
                charters = directory_charters(directory, known.size)
                await asyncio.to_thread(witnessed_head, note, directory_origin(charter.network_id), charters)
                directory.check_view(known.size, known.root)
        except HubRefused:
            return 0
        except Fault as fault:
            if fault.code is Code.QUORUM:
                return 0
            raise
        since = await self._database.read(lambda connection: find_fact(connection, _UNWITNESSED_SINCE))
        return since or now

    async def load_stored(self) -> None:
        """Use the policy bundles that an earlier run stored: a node that starts without the hub keeps its rules.

        Damaged ones stop the node; those that are not complete here are left for ``run``.
        """
        for digest in self._replica.wanted_digests():
            try:
                bundle = await self._stored_bundle(digest)
            except Fault as fault:
                raise corrupt_state("The policy files in the node's database", str(fault.code)) from fault
            if bundle is not None:
                self._replica.swap_bundle(bundle)

    async def _stored_bundle(self, digest: PolicyDigest) -> Bundle | None:
        blobs = await self._database.read(lambda connection: _stored_blobs(connection, digest))
        return None if blobs is None else await asyncio.to_thread(parse_bundle, *blobs)

    async def bundle(self, digest: PolicyDigest) -> Bundle | None:
        """Return the bundle of a policy of this network, fetched where it is not here; None when the hub has it not.

        The caller has found the digest in the directory: others are never asked for.
        """
        found = self._replica.find_bundle(digest)
        if found is not None:
            return found
        try:
            return await self._load_bundle(digest)
        except HubRefused:
            return None

    async def _pull_bundles(self) -> int:
        found = 0
        for digest in self._replica.wanted_digests():
            bundle = await self.bundle(digest)
            await self._note_policy(absent=bundle is None)
            if bundle is not None:
                self._replica.swap_bundle(bundle)
                found += 1
        return found

    async def _note_policy(self, *, absent: bool) -> None:
        now = self._clock()
        await self._database.write(lambda c: _set_alarm(c, Code.POLICY_UNKNOWN, now, on=absent, subject="policy"))

    async def _load_bundle(self, digest: PolicyDigest) -> Bundle:
        (manifest,) = (await self._blobs([digest])).values()
        blobs = await self._blobs([each for _, each in parse_manifest(manifest)])
        return await asyncio.to_thread(parse_bundle, manifest, blobs)

    async def _blobs(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return blobs from the store or else from the hub; bytes of another digest are BODY_HASH and not stored."""
        found = dict(await self._database.read(lambda connection: find_blobs(connection, digests)))
        fresh = []
        for digest in digests:
            if digest not in found:
                body = await self._hub.blob(digest)
                if hashlib.sha256(body).digest() != digest:
                    raise GiveUp(Code.BODY_HASH, "blob")
                found[digest] = body
                fresh.append(body)
        if fresh:
            await self._database.write(lambda connection: put_blobs(connection, fresh))
        return found

    async def _compare_clocks(self) -> None:
        before = self._clock()
        hub_time = as_int(decode(await self._hub.time()), "time")
        offset = hub_time - (before + self._clock()) // 2
        now = self._clock()

        def store(connection: Connection) -> None:
            put_fact(connection, HUB_OFFSET, offset)
            _set_alarm(connection, Code.NOT_YET_VALID, now, on=abs(offset) > CLOCK_SKEW, subject="clock")

        await self._database.write(store)
        self._replica.hub_offset = offset

    async def _alarm(self, code: Code) -> None:
        now = self._clock()
        await self._database.write(lambda connection: raise_alarm(connection, code.value, _SUBJECT, now))


def _stored_blobs(connection: Connection, digest: PolicyDigest) -> tuple[bytes, Mapping[bytes, bytes]] | None:
    manifest = find_blobs(connection, [digest]).get(digest)
    if manifest is None:
        return None
    wanted = [each for _, each in parse_manifest(manifest)]
    blobs = find_blobs(connection, wanted)
    return (manifest, blobs) if set(wanted) <= set(blobs) else None


def parse_entries(raw: bytes, count: int) -> Sequence[bytes]:
    """Return the entries in an answer: at least one and at most ``count``; MALFORMED otherwise."""
    return [as_bytes(each, "entry") for each in as_list(decode(raw, MAX_LOG_ENTRIES << 16), "entries", 1, count)]


def _is_witnessed(head: Head, witnesses: Sequence[Witness], quorum: int) -> bool:
    try:
        verify_quorum(head, witnesses, quorum)
    except Fault as fault:
        if fault.code is Code.QUORUM:
            return False
        raise
    return True


def _set_alarm(connection: Connection, code: Code, now: int, *, on: bool, subject: str = _SUBJECT) -> None:
    if on:
        raise_alarm(connection, code.value, subject, now)
    else:
        clear_alarm(connection, code.value, subject)
