"""Anchors of the processing log as values: when one is due, what it commits to, and what a log owes to its anchors.

A chain shows that no entry was changed without those after it. An anchor shows that nobody wrote the chain anew since:
its commitment stands in the network's log, where this node cannot change it. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.casework.processing_log import Head
from protocol.anchor import Anchor, AnchorKind, commit
from protocol.ids import NodeId

SUBJECT: Final = b"xb/1 processing log"
"""Under which anchors and their proofs stand among the statements of a node; the event is the count."""
Salts = Callable[[int], bytes]
"""Gives the salt of the anchor of a count. It comes from the keystore, so no copy of the database tells it."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """One anchor as the network's log holds it: up to which entry, since when, and in which leaf."""

    count: int
    commitment: bytes
    at: int
    leaf: int


@dataclass(frozen=True, slots=True)
class Interval:
    """Entries after ``after`` and up to ``upto`` are not those that were anchored; None means from the first on."""

    after: Anchored | None
    upto: Anchored


@dataclass(frozen=True, slots=True)
class AnchorCheck:
    """What the anchors say of a log. ``last`` is the latest one that the log goes through.

    ``wrong`` names every interval whose entries are others, or fewer, than those that were anchored. ``covered`` are
    the anchors that fit; those from before the log was shortened are not among them.
    """

    covered: tuple[Anchored, ...] = ()
    wrong: tuple[Interval, ...] = ()

    @property
    def last(self) -> Anchored | None:
        """The latest anchor that fits."""
        return self.covered[-1] if self.covered else None

    def around(self, number: int) -> tuple[Anchored | None, Anchored | None]:
        """Return the last anchor before an entry and the first one that covers it, as far as they fit."""
        before = [each for each in self.covered if each.count < number]
        after = [each for each in self.covered if each.count >= number]
        return (before[-1] if before else None, after[0] if after else None)


def make_anchor(node: NodeId, head: Head, salts: Salts) -> Anchor:
    """Return the anchor of a log that has come to ``head``."""
    commitment = commit(salts(head.number), node, head.number, head.hash)
    return Anchor(AnchorKind.PROCESSING_LOG, node, head.number, commitment)


def is_due(head: Head, last: tuple[int, int] | None, now: int, pace: tuple[int, int]) -> bool:
    """Tell whether the log has to be anchored now.

    ``last`` is count and time of the last anchor that was made, ``pace`` the longest time in seconds and the most
    entries between two. A log that did not grow is not anchored again; the first anchor is due with the first entry.
    """
    if last is None:
        return head.number > 0
    count, at = last
    seconds, entries = pace
    return head.number > count and (now - at >= seconds or head.number - count >= entries)


def check_anchors(node: NodeId, anchors: Sequence[Anchored], heads: Mapping[int, bytes], salts: Salts) -> AnchorCheck:
    """Return which anchors a log goes through, and between which of them it is another than it was.

    ``heads`` are the hashes of the log at the counts of the anchors, as far as it has them. An anchor without one is
    one that the log has lost. Give no anchors from before the beginning of a shortened log.
    """
    covered: list[Anchored] = []
    wrong: list[Interval] = []
    for each in sorted(anchors, key=lambda anchored: anchored.count):
        head = heads.get(each.count)
        if head is not None and commit(salts(each.count), node, each.count, head) == each.commitment:
            covered.append(each)
        else:
            after = covered[-1] if covered else None
            if wrong and wrong[-1].after == after:
                wrong[-1] = Interval(after, each)
            else:
                wrong.append(Interval(after, each))
    return AnchorCheck(tuple(covered), tuple(wrong))
