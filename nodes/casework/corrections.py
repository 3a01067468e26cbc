"""How far a correction is with everybody who holds the data (workflow WF-10). Pure: facts go in, the case comes out.

Whatever order the answers came in, the same answers give the same case, and no answer ever takes a holder back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from policies.clocks.zones import HOUR
from protocol.ids import MessageId, NodeId

TELLING_S: Final = 24 * HOUR
"""Who holds the data is told within this time: a number of the network, for the "without delay" of the law."""


class Reach(IntEnum):
    """How far one holder is; each step includes those before it."""

    UNTOLD = 0
    TOLD = 1
    DELIVERED = 2
    CONFIRMED = 3
    APPLIED = 4


class Stage(StrEnum):
    """Where the case as a whole stands: the states of WF-10."""

    RAISED = "raised"
    SENT = "sent"
    CONFIRMED = "confirmed"
    APPLIED = "applied"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Told:
    """One notice of this node to one holder."""

    node: NodeId
    delivered: bool
    failed: bool = False  # refused for good, given back or not to be opened: the holder still has to be told


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of a holder to a notice of this node: what it did, and whom it passed the correction on to."""

    node: NodeId
    applied: bool
    holders: tuple[tuple[NodeId, Reach], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """Everything known here about one correction of one message.

    ``issuer`` sent the notice here, None where this node raised it. ``holders`` are those that had the data from this
    node; each direct holder answers here for those that had them from it.
    """

    about: MessageId
    subject: bytes
    raised_at: int
    confirm_by: int
    issuer: NodeId | None = None
    holders: frozenset[NodeId] = frozenset()
    told: Sequence[Told] = ()
    said: Sequence[Said] = ()
    confirmed: bool = False  # this node told the issuer that the notice came
    reported: bool = False  # this node told the issuer that it carried the correction out
    last_report: Said | None = None  # what this node told the issuer last
    applied_at: int | None = None
    verified_at: int | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """One holder of the data. ``via`` is who passed them on, None where they had them from this node."""

    node: NodeId
    via: NodeId | None
    reach: Reach
    due_at: int | None  # until when its next step is to be seen, None when it did everything

    def overdue(self, now: int) -> bool:
        """Tell whether the next step should have been seen by ``now``."""
        return self.due_at is not None and now >= self.due_at


@dataclass(frozen=True, slots=True)
class CorrectionCase:
    """One correction of one message with all its holders, this node's own part included."""

    facts: CaseFacts
    holders: tuple[Holder, ...]
    stage: Stage

    @property
    def own_due_at(self) -> int | None:
        """Until when this node itself has to act: carry it out, and say so where it was told by another."""
        facts = self.facts
        done = facts.applied_at is not None and (facts.issuer is None or facts.reported)
        return None if done else facts.confirm_by

    @property
    def to_report(self) -> bool:
        """Whether the issuer knows less than this node does, of this node or of those it passed the data on to."""
        if self.facts.issuer is None:
            return False
        known = tuple(sorted((each.node, each.reach) for each in self.holders))
        last = self.facts.last_report
        return last is None or (last.applied, last.holders) != (self.facts.applied_at is not None, _as_told(known))

    @property
    def to_tell(self) -> tuple[NodeId, ...]:
        """Those whom this node has to tell and has not told."""
        return tuple(each.node for each in self.holders if each.via is None and each.reach is Reach.UNTOLD)

    @property
    def unfinished(self) -> tuple[Holder, ...]:
        """The holders that have not carried it out, as far as is known here."""
        return tuple(each for each in self.holders if each.reach is not Reach.APPLIED)

    def overdue(self, now: int) -> tuple[Holder, ...]:
        """Return the holders whose next step should have been seen by ``now``."""
        return tuple(each for each in self.holders if each.overdue(now))

    def late(self, now: int) -> bool:
        """Tell whether anything is overdue, at this node or at a holder."""
        return (self.own_due_at is not None and now >= self.own_due_at) or bool(self.overdue(now))


def fold_correction(facts: CaseFacts) -> CorrectionCase:
    """Return the case as its facts make it."""
    direct = dict.fromkeys(facts.holders, Reach.UNTOLD)
    for told in facts.told:
        reach = Reach.UNTOLD if told.failed else Reach.DELIVERED if told.delivered else Reach.TOLD
        direct[told.node] = max(direct.get(told.node, Reach.UNTOLD), reach)
    onward: dict[tuple[NodeId, NodeId], Reach] = {}
    for said in facts.said:
        if said.node not in direct:
            continue  # whoever was told nothing here has nothing to confirm
        own = Reach.APPLIED if said.applied else Reach.CONFIRMED
        direct[said.node] = max(direct[said.node], own)
        for node, reach in said.holders:
            onward[node, said.node] = max(onward.get((node, said.node), Reach.UNTOLD), reach)
    holders = [_holder(facts, node, None, reach) for node, reach in direct.items()]
    holders += [_holder(facts, node, via, reach) for (node, via), reach in onward.items()]
    ordered = tuple(sorted(holders, key=lambda each: (each.via or each.node, each.via is not None, each.node)))
    return CorrectionCase(facts, ordered, _stage(facts, [each.reach for each in ordered]))


def _as_told(holders: Iterable[tuple[NodeId, Reach]]) -> tuple[tuple[NodeId, Reach], ...]:
    """Return holders as an answer names them: what was delivered and not confirmed counts as told."""
    return tuple((node, Reach.TOLD if reach is Reach.DELIVERED else reach) for node, reach in holders)


def _holder(facts: CaseFacts, node: NodeId, via: NodeId | None, reach: Reach) -> Holder:
    if reach is Reach.APPLIED:
        return Holder(node, via, reach, None)
    return Holder(node, via, reach, facts.raised_at + TELLING_S if reach is Reach.UNTOLD else facts.confirm_by)


def _stage(facts: CaseFacts, reached: Iterable[Reach]) -> Stage:
    least = min(reached, default=Reach.APPLIED)
    if least is Reach.UNTOLD:
        return Stage.RAISED
    if least < Reach.CONFIRMED:
        return Stage.SENT
    if least is Reach.CONFIRMED or facts.applied_at is None:
        return Stage.CONFIRMED
    return Stage.APPLIED if facts.verified_at is None else Stage.VERIFIED
