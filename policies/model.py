"""A policy as a value: rules bound to their predicates, sorted by message type. Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.facts import Side, Use
from policies.registry import InnerCheck, OuterCheck
from protocol.decision import Asks, Verdict
from protocol.ids import Channel, PolicyDigest, TypeId
from protocol.records import Kind


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
    alarm: bool = False  # a firing is a security event for those who run the node
    uses: frozenset[Use] = frozenset()  # of a rule about uses of what is kept: those for which it is asked


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


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A field of the body, by its JSON pointer, that has one of the values."""

    path: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When an obligation arises: all that is written must hold; what is not written is not asked."""

    purposes: frozenset[str] = frozenset()
    field: FieldIs | None = None
    child: bool = False  # a child is inside
    special: bool = False  # data of special categories are inside
    quotes: bool = False  # something of another owner is quoted
    repurposed: bool = False  # something is quoted for a purpose other than the one it was sent for


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What somebody must know of or do with an allowed message of these types; empty stands for every type.

    ``within`` are seconds from the time at which the message counts as sent; ``kinds`` are those who must have a copy.
    """

    id: str
    article: str
    text: str
    types: tuple[TypeId, ...]
    line: int
    asks: Asks = Asks.KNOW
    within: int = 0
    kinds: frozenset[Kind] = frozenset()
    sides: frozenset[Side] = frozenset(Side)
    when: When | None = None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules and obligations of one message type, in file order."""

    outer: tuple[OuterRule, ...]
    inner: tuple[InnerRule, ...]
    obligations: tuple[Obligation, ...]


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
    disclosure: tuple[InnerRule, ...] = ()  # asked when a recipient shows rows of a message to others
    uses: tuple[InnerRule, ...] = ()  # asked when a message that is kept here is put to any other use

    def rules(self) -> tuple[Rule, ...]:
        """Return all rules of the channel, in file order."""
        return (*self.sending_rules(), *(each.rule for each in (*self.disclosure, *self.uses)))

    def sending_rules(self) -> tuple[Rule, ...]:
        """Return the rules that are asked of messages."""
        return (*(each.rule for each in self.outer), *(each.rule for each in self.inner))


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies of a network under one digest. A channel that is not here carries nothing."""

    digest: PolicyDigest
    channels: Mapping[Channel, ChannelPolicy]
