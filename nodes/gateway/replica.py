"""The network as this node verified it: the directory and the policy bundle, as snapshots that are swapped whole.

Nothing is asked of the hub while a message is written or judged: both come from here (architecture, hops 1 to 3, 11).
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from keys.directory import Directory
from keys.exchange_files import DirectoryFile, encode_directory
from nodes.gateway.bundles import Bundle
from nodes.gateway.replica_store import entry_page, find_fact, put_entries
from protocol.errors import Code, Fault
from protocol.ids import PolicyDigest
from protocol.ports import Clock
from protocol.records import PolicyState
from runtime.database import Database
from runtime.operator import OperatorError, corrupt_state

SYNCED_AT: Final = "synced-at"
HUB_OFFSET: Final = "hub-offset"


@dataclass(frozen=True, slots=True)
class Pinned:
    """What was received out of band: the charter's entry and its digest, and the further entries of the same file."""

    entry: bytes
    digest: bytes
    further: tuple[bytes, ...] = ()
    root: bytes = b""  # of the file's entries


class Replica:
    """Holds the newest verified snapshots. Readers take one value and use it to the end of what they do."""

    def __init__(self, pinned: Pinned, database: Database, clock: Clock) -> None:
        self._pinned = pinned
        self._database = database
        self._clock = clock
        self._directory: Directory | None = None
        self._bundles: dict[PolicyDigest, Bundle] = {}
        self.synced_at = 0
        self.hub_offset: int | None = None

    @property
    def directory(self) -> Directory:
        """The directory at the size this node has verified."""
        if self._directory is None:
            raise RuntimeError("the replica is not loaded")
        return self._directory

    @property
    def pin(self) -> bytes:
        """The digest of the network's first charter, as it was received out of band."""
        return self._pinned.digest

    @property
    def charter_entry(self) -> bytes:
        """The directory's first entry."""
        return self._pinned.entry

    @property
    def bundle(self) -> Bundle | None:
        """The policy bundle in force now; None while it is not there, and then nothing is permitted."""
        digest = self.policy_digest()
        return None if digest is None else self._bundles.get(digest)

    def policy_state(self) -> PolicyState | None:
        """Return the policy in force now: the newest one from its activation on, before that the one before it."""
        state = self.directory.policy()
        if state is None or self._clock() >= state.activated_at:
            return state
        return None if state.previous is None else PolicyState(state.previous, None, 0, emergency=False)

    def policy_digest(self) -> PolicyDigest | None:
        """Return the digest of the policy in force now."""
        state = self.policy_state()
        return None if state is None else state.active

    def find_bundle(self, digest: PolicyDigest) -> Bundle | None:
        """Return a bundle that is in memory."""
        return self._bundles.get(digest)

    def wanted_digests(self) -> tuple[PolicyDigest, ...]:
        """Return the digests of the policies in force, coming and just superseded, as far as they are not there."""
        state = self.directory.policy()
        if state is None:
            return ()
        known = (self.policy_digest(), state.active, state.previous)
        return tuple({each: None for each in known if each is not None and each not in self._bundles})

    async def load(self) -> None:
        """Fold the stored entries, then those that only the directory file has.

        Damaged entries stop the node and are never read as an empty directory; so does a file of another history.
        """
        self._directory = await asyncio.to_thread(self._start)
        while page := await self._database.read(self._next_page):
            self._directory = await asyncio.to_thread(self._extend, page)
        await self._adopt()
        facts = await self._database.read(_read_facts)
        self.synced_at, self.hub_offset = facts[0] or 0, facts[1]

    async def export(self) -> bytes:
        """Return the directory file of what this node has verified, for registrars and for whoever joins."""
        directory = self.directory
        entries = [self._pinned.entry]
        while len(entries) < directory.size:
            page = await self._database.read(partial(entry_page, start=len(entries)))
            entries += [body for _, body in page]
        file = DirectoryFile(self._pinned.digest, tuple(entries[: directory.size]), directory)
        return await asyncio.to_thread(encode_directory, file)

    def swap_directory(self, directory: Directory) -> None:
        """Use a larger directory from now on; a smaller one is a programming error."""
        if directory.size < self.directory.size:
            raise RuntimeError("a directory never shrinks")
        self._directory = directory

    def swap_bundle(self, bundle: Bundle) -> None:
        """Use a bundle whose bytes were verified against its digest. Only those of the current policies are kept."""
        state = self.directory.policy()
        keep = set() if state is None else {state.active, state.previous}
        self._bundles = {digest: each for digest, each in self._bundles.items() if digest in keep}
        self._bundles[bundle.digest] = bundle

    def _start(self) -> Directory:
        try:
            return Directory.start(self._pinned.entry, self._pinned.digest)
        except Fault as fault:
            raise OperatorError(
                "CHARTER",
                f"The stored charter is not the one this node was set up with ({fault.code})",
                "All trust in the network starts from the charter that was received out of band",
                "Compare the charter file and the digest in the settings with what your registrars gave you",
            ) from fault

    async def _adopt(self) -> None:
        # A node that joins late, or was away while the hub changed its TLS key, could not connect to learn of that: its
        # registrars give it a newer file. The fold verifies each entry, and the hub's next answer has to continue them.
        start = self.directory.size
        fresh = self._pinned.further[start - 1 :]
        if not fresh:
            return
        try:
            grown = await asyncio.to_thread(self.directory.extend, fresh)
        except Fault as fault:
            raise _another_history(str(fault.code)) from fault
        if grown.root != self._pinned.root:
            raise _another_history(str(Code.ROOT_MISMATCH))
        await self._database.write(lambda connection: put_entries(connection, start, fresh))
        self._directory = grown

    def _next_page(self, connection: Connection) -> list[tuple[int, bytes]]:
        return list(entry_page(connection, self.directory.size))

    def _extend(self, page: list[tuple[int, bytes]]) -> Directory:
        size = self.directory.size
        if [position for position, _ in page] != list(range(size, size + len(page))):
            raise corrupt_state("The directory in the node's database", "an entry is missing")
        try:
            return self.directory.extend([body for _, body in page])
        except Fault as fault:
            raise corrupt_state("The directory in the node's database", str(fault.code)) from fault


def _another_history(code: str) -> OperatorError:
    return OperatorError(
        "DIRECTORY",
        f"The directory file does not continue what this node has verified before ({code})",
        "A directory only grows; two histories mean that somebody was shown a false one",
        "Compare the file with those of other participants and tell your registrars",
    )


def _read_facts(connection: Connection) -> tuple[int | None, int | None]:
    return find_fact(connection, SYNCED_AT), find_fact(connection, HUB_OFFSET)
