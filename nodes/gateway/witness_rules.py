"""What a witness demands of a log before it cosigns, and what it calls a log that breaks it. Values in, values out.

A witness keeps the last checkpoint it cosigned, the right edge of that tree, and the log's own time there. A new one
must come from it, by proof and by every leaf in between. What cannot both be honest is a ``Contradiction``: it holds
what the hub signed before and what it signed now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from keys.records import RestartRecord
from protocol.checkpoint import Head
from protocol.errors import Code, Fault
from protocol.leaf import Leaf, parse_leaf
from protocol.limits import CLOCK_SKEW, WITNESS_FRESH
from protocol.merkle import Frontier, leaf_hash, verify_consistency
from protocol.statement_network import Log

DIRECTORY_AGAIN: Final = 600
"""Seconds after which the directory is cosigned again where messages went on: a signature of both keys each time."""

LATE: Final = 60
"""Seconds by which a leaf may be older than the checkpoint before it: a batch begins while the last one is signed."""


class Finding(StrEnum):
    """What a log, or the hub behind it, did that no honest one does."""

    SPLIT_VIEW = "SPLIT_VIEW"  # two roots at one size, or leaves under another directory
    FORK = "FORK"  # a larger log that does not continue the smaller one
    ROLLBACK = "ROLLBACK"  # a smaller log than before
    WITHHELD_MESSAGE = "WITHHELD_MESSAGE"  # leaves that a checkpoint promises and nobody is shown
    LATE_ENTRY = "LATE_ENTRY"  # a leaf that claims a time when the log already stood without it
    CLOCK_DRIFT = "CLOCK_DRIFT"  # the hub's time is more than five minutes from the witness's


STOPPING: Final = frozenset({Finding.SPLIT_VIEW, Finding.FORK, Finding.ROLLBACK, Finding.WITHHELD_MESSAGE})
"""What a witness never puts its name under. The others are told, and the log is still one log."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A finding with both signed objects: ``ours`` from before (empty where there is none), ``theirs`` from now.

    ``more`` holds what connects them: hashes of a proof that fails, or leaves.
    """

    finding: Finding
    ours: bytes
    theirs: bytes
    more: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What a witness keeps of one log; nothing yet at size 0."""

    frontier: Frontier
    note: bytes = b""
    head_time: int = 0  # what the log said of itself
    leaf_time: int = 0
    directory_size: int = 0
    both_at: int = 0  # when it was last cosigned with both keys, by the witness's clock
    brought: bool = False  # whether the hub has the cosignature

    @property
    def size(self) -> int:
        """How many leaves."""
        return self.frontier.size


@dataclass(frozen=True, slots=True)
class Shown:
    """A verified checkpoint as the hub shows it, when, and when the witness last saw that nothing larger was offered.

    Both times are the witness's own; ``looked_at`` is 0 before the first look of this process.
    """

    head: Head
    raw: bytes
    at: int
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the leaves between two checkpoints were read."""

    frontier: Frontier
    leaf_time: int
    directory_size: int
    floor: int = 0  # no honest leaf is older
    above: int = 0  # from this position on
    views: tuple[tuple[int, bytes], ...] = ()  # directory sizes and roots that the leaves name
    late: tuple[bytes, ...] = ()


def compare_heads(kept: Kept, shown: Shown) -> Contradiction | None:
    """Return ROLLBACK for a smaller log and SPLIT_VIEW for another root of the same size."""
    tree = shown.head.checkpoint
    if tree.size < kept.size:
        return Contradiction(Finding.ROLLBACK, kept.note, shown.raw)
    if tree.size == kept.size and kept.size and tree.root != kept.frontier.root():
        return Contradiction(Finding.SPLIT_VIEW, kept.note, shown.raw)
    return None


def compare_clocks(shown: Shown) -> Contradiction | None:
    """Return CLOCK_DRIFT for a checkpoint of the future, and for one that came later than it says by five minutes."""
    early = shown.head.time > shown.at + CLOCK_SKEW
    late = shown.looked_at > 0 and shown.head.time < shown.looked_at - CLOCK_SKEW
    return Contradiction(Finding.CLOCK_DRIFT, b"", shown.raw) if early or late else None


def check_growth(kept: Kept, shown: Shown, proof: Sequence[bytes]) -> Contradiction | None:
    """Return FORK unless ``proof`` shows that the larger log continues the smaller one."""
    tree = shown.head.checkpoint
    try:
        verify_consistency(kept.size, tree.size, kept.frontier.root(), tree.root, proof)
    except Fault:
        return Contradiction(Finding.FORK, kept.note, shown.raw, tuple(proof))
    return None


def begin_reading(kept: Kept, shown: Shown) -> Reading:
    """Return the state before the first new leaf.

    A leaf is late that is older by ``LATE`` than the checkpoint that stood without it, or by five minutes than a look
    at which nothing larger was offered. A log whose own clock drifts is told of that, not of every leaf.
    """
    floor = kept.head_time - LATE
    if compare_clocks(shown) is None:
        floor = max(floor, shown.looked_at - CLOCK_SKEW)
    return Reading(kept.frontier, kept.leaf_time, kept.directory_size, floor)


def begin_again(stored: Kept, shown: Shown, size: int) -> Reading:
    """Return the state before the first leaf of a log that a declared restart continues from ``size``.

    What stood before is as old as it says. What follows was written after the lost end was last seen; the hub may run
    on another machine since, whose clock has its five minutes.
    """
    seen = stored.head_time if compare_clocks(shown) else max(stored.head_time, shown.looked_at)
    return Reading(Frontier(), 0, 0, seen - CLOCK_SKEW, above=size)


def read_leaves(reading: Reading, entries: Sequence[bytes]) -> Reading:
    """Return the reading after more entries of the message log; time and directory size never decrease there.

    MALFORMED for what is no leaf, SPLIT_VIEW for leaves that name two directories of one size.
    """
    frontier, views, late = reading.frontier, dict(reading.views), reading.late
    time, directory = reading.leaf_time, reading.directory_size
    for entry in entries:
        leaf = parse_leaf(entry)
        floor = reading.floor if frontier.size >= reading.above else 0
        if leaf.time < max(time, floor) or leaf.directory_size < directory:
            late = late or (entry,)  # one proves it; a hub that writes nothing else costs no memory
        time, directory = max(time, leaf.time), max(directory, leaf.directory_size)
        views[leaf.directory_size] = _one_root(views, leaf)
        frontier, _ = frontier.append(leaf_hash(entry))
    return Reading(frontier, time, directory, reading.floor, reading.above, tuple(views.items()), late)


def finish_reading(kept: Kept, reading: Reading, shown: Shown) -> tuple[Kept, Contradiction | None]:
    """Return what is kept from now on, and what was found in the leaves; WITHHELD_MESSAGE leaves it as it was."""
    tree = shown.head.checkpoint
    if (reading.frontier.size, reading.frontier.root()) != (tree.size, tree.root):
        return kept, Contradiction(Finding.WITHHELD_MESSAGE, kept.note, shown.raw)
    found = None
    if reading.late:
        found = Contradiction(Finding.LATE_ENTRY, kept.note, shown.raw, reading.late[:1])
    elif reading.leaf_time > shown.at + CLOCK_SKEW:
        found = Contradiction(Finding.CLOCK_DRIFT, kept.note, shown.raw)
    return _continued(kept, shown, reading), found


def adopt(kept: Kept, shown: Shown) -> Kept:
    """Return what is kept of a log whose leaves are read by others here: the directory, which every node replicates.

    The frontier stands for size and root only.
    """
    tree = shown.head.checkpoint
    return _continued(kept, shown, Reading(Frontier(tree.size, (tree.root,)), 0, tree.size))


def cuts_off(found: RestartRecord, kept: Kept) -> bool:
    """Return whether a restart cuts off the end of what is kept of the message log, and was not followed before.

    Whatever was logged since it was declared names a directory that holds it, so a log kept from then on followed it.
    """
    restart = found.restart
    fits = restart.log is Log.MESSAGES and restart.size < kept.size <= restart.lost_size
    return fits and not is_after(found, kept)


def is_after(found: RestartRecord, kept: Kept) -> bool:
    """Return whether a message log, as it is kept, was written to after a restart was in force."""
    return kept.directory_size >= found.since


def signs_both(kept: Kept, now: int, *, always: bool) -> bool:
    """Return whether this cosignature needs both keys: always in the directory log, else at least daily."""
    return always or now - kept.both_at >= WITNESS_FRESH


def is_due(kept: Kept, now: int, moved: int | None = None) -> bool:
    """Return whether what is kept is cosigned again although the log did not grow.

    ``moved`` says of the directory when messages were last cosigned. A proof of them needs the directory as a quorum
    saw it after a quorum saw them; others may be a little later than this witness, so the next time counts too.
    """
    after = moved is not None and now - kept.both_at >= DIRECTORY_AGAIN and moved > kept.both_at - DIRECTORY_AGAIN
    return kept.size > 0 and (after or not kept.brought or now - kept.both_at >= WITNESS_FRESH)


def signed(kept: Kept, now: int, *, both: bool) -> Kept:
    """Return what is kept once the hub has the cosignature made at ``now``."""
    return replace(kept, brought=True, both_at=now if both else kept.both_at)


def _one_root(views: dict[int, bytes], leaf: Leaf) -> bytes:
    """Return the directory root a leaf names; two roots of one size are SPLIT_VIEW."""
    known = views.get(leaf.directory_size, leaf.directory_root)
    if known != leaf.directory_root:
        raise Fault(Code.SPLIT_VIEW, f"two directories of size {leaf.directory_size}")
    return known


def _continued(kept: Kept, shown: Shown, reading: Reading) -> Kept:
    return Kept(
        frontier=reading.frontier,
        note=shown.raw,
        head_time=shown.head.time,
        leaf_time=reading.leaf_time,
        directory_size=reading.directory_size,
        both_at=kept.both_at,
    )
