"""The processing log as values: its entries, the chain of hashes that binds them, and its verification. Pure.

Each entry is hashed together with the hash of the one before it, so that none can be changed, taken out or put between
without the chain breaking at that place. What a chain alone cannot show is that its last entries were cut off or that
all of it was written anew: for that somebody else has to hold an earlier head (``known``). Anchors in the network's log
are such heads (``nodes.casework.processing_log_anchors``).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nodes.casework.processing_log_entry import Entry, parse_entry
from nodes.gateway.deeds import Act, Operation
from protocol.cbor import encode
from protocol.errors import Fault
from protocol.ids import NodeId

TRIM: Final = "trim"
_DOMAIN: Final = "xb/1 processing log"


class LogPurpose(StrEnum):
    """What the log may be read for, and nothing else (LED Article 25(2))."""

    LAWFULNESS = "lawfulness"
    SELF_MONITORING = "self-monitoring"
    SECURITY = "security"
    PROCEEDINGS = "criminal-proceedings"


class Break(StrEnum):
    """How a chain is broken at an entry."""

    MISSING = "missing"  # entries before it are not there
    UNREADABLE = "unreadable"
    CHANGED = "changed"  # its hash is not that of its bytes and the entry before
    INDEX = "index"  # what it is found by says something else than its bytes
    CUT = "cut"  # the log begins here and no entry says that it was shortened to here
    OTHER_PAST = "other-past"  # somebody holds another hash of this entry, or one of an entry that is not there


@dataclass(frozen=True, slots=True)
class Head:
    """The chain up to an entry: its number and the hash that binds all before it."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry as it is stored: its bytes, its hash, and the columns by which it is found."""

    number: int
    at: int
    operation: str
    who: str
    body: bytes
    hash: bytes
    objects: frozenset[bytes] = frozenset()

    @property
    def head(self) -> Head:
        """The chain up to this entry."""
        return Head(self.number, self.hash)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry at which a chain does not hold, and how."""

    number: int
    why: Break


@dataclass(frozen=True, slots=True)
class Verified:
    """What was covered: every entry after ``start`` up to ``head``, ``entries`` in number, and when they were made."""

    start: Head
    head: Head
    entries: int
    first_at: int | None
    last_at: int | None


def beginning(node: NodeId) -> Head:
    """Return the head of an empty log of a node."""
    return Head(0, hashlib.sha256(encode([_DOMAIN, node])).digest())


def link(before: Head, body: bytes) -> Head:
    """Return the chain with one more entry."""
    return Head(before.number + 1, hashlib.sha256(encode([_DOMAIN, before.hash, body])).digest())


class Verifier:
    """Goes along a chain from its beginning, one stored entry at a time, in constant memory."""

    def __init__(self, node: NodeId, start: Head | None, known: Sequence[Head] = ()) -> None:
        self._node = node
        self._first = beginning(node)
        self._start = start or self._first
        self._head = self._start
        self._known = {each.number: each.hash for each in known if each.number > self._start.number}
        self._vouched = start is None
        self._times: list[int] = []

    def take(self, kept: Kept) -> Broken | None:
        """Return how the chain breaks at this entry; None while it holds."""
        if kept.number != self._head.number + 1:
            return Broken(self._head.number + 1, Break.MISSING)
        head = link(self._head, kept.body)
        if head.hash != kept.hash:
            return Broken(kept.number, Break.CHANGED)
        try:
            entry = parse_entry(kept.body)
        except Fault:
            return Broken(kept.number, Break.UNREADABLE)
        if not _found_by_what_it_says(kept, entry) or entry.node != self._node:
            return Broken(kept.number, Break.INDEX)
        if self._known.pop(kept.number, kept.hash) != kept.hash:
            return Broken(kept.number, Break.OTHER_PAST)
        self._vouched = self._vouched or _shortened_to(entry, self._start)
        self._times = [*self._times[:1], entry.at]
        self._head = head
        return None

    def end(self) -> Broken | Verified:
        """Return what was covered, once no entry is left, or what is missing at the end or before the beginning."""
        if self._known:
            return Broken(min(self._known), Break.OTHER_PAST)
        if not self._vouched:
            return Broken(self._start.number + 1, Break.CUT)
        first, last = (self._times[0], self._times[-1]) if self._times else (None, None)
        return Verified(self._start, self._head, self._head.number - self._start.number, first, last)


def trimmed(start: Head) -> Act:
    """Return the act by which a log is shortened: everything up to ``start`` is gone, and the log itself says so."""
    return Act(operation=Operation.ERASURE, deed=TRIM, digest=start.hash, count=start.number, reason="retention")


def _shortened_to(entry: Entry, start: Head) -> bool:
    return entry.act.deed == TRIM and (entry.act.count, entry.act.digest) == (start.number, start.hash)


def _found_by_what_it_says(kept: Kept, entry: Entry) -> bool:
    columns = (kept.number, kept.at, kept.operation, kept.who, kept.objects)
    act = entry.act
    return columns == (entry.number, entry.at, act.operation.value, entry.doer.who, frozenset(act.objects))
