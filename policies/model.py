"""A policy as a value: rules bound to their predicates, sorted by message type. Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.facts import Side
from policies.registry import InnerCheck, OuterCheck
from protocol.decision import Verdict
from protocol.ids import Channel, PolicyDigest, TypeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule as its file states it. ``types`` names what it is for; empty stands for every type of the channel."""

    id: str
    predicate: str
    parameters: object
    article: str
    text: str
    verdict: Verdict
    types: tuple[TypeId, ...]
    sides: frozenset[Side]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class OuterRule:
    """A rule that hub and nodes ask."""

    rule: Rule
    check: OuterCheck


@dataclass(frozen=True, slots=True)
class InnerRule:
    """A rule that only nodes ask."""

    rule: Rule
    check: InnerCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What somebody must do with an allowed message of these types; empty stands for every type of the channel."""

    id: str
    article: str
    text: str
    types: tuple[TypeId, ...]
    line: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules and obligations of one message type, in file order."""

    outer: tuple[OuterRule, ...]
    inner: tuple[InnerRule, ...]
    obligations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """The rules of one channel. A type that ``sets`` does not name is refused."""

    channel: Channel
    file: str
    outer: tuple[OuterRule, ...]
    inner: tuple[InnerRule, ...]
    obligations: tuple[Obligation, ...]
    sets: Mapping[TypeId, RuleSet]
    awaiting: tuple[TypeId, ...] = ()  # types whose schema comes with a later catalogue

    def rules(self) -> tuple[Rule, ...]:
        """Return all rules of the channel, in file order."""
        return (*(each.rule for each in self.outer), *(each.rule for each in self.inner))


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies of a network under one digest. A channel that is not here carries nothing."""

    digest: PolicyDigest
    channels: Mapping[Channel, ChannelPolicy]
