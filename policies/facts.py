"""What a rule may look at. ``OuterFacts`` exist at the hub and at both nodes, ``InnerFacts`` at the nodes only.

A fact that this side does not have is None or absent, and the rule that needs it refuses by name. Facts are filled by
the shells (``policies.gather`` helps with the directory's part); nothing here reads anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from policies.consent import ConsentMatrix
from policies.header import Header
from protocol.catalogue.content import ContentSummary
from protocol.core import Mode
from protocol.ids import Channel, NodeId, Reference, TypeId
from protocol.records import Agreement, ConsentToken, Participant, PolicyState
from protocol.scope import EvidentialUse


class Side(StrEnum):
    """Who asks. A rule may be limited to the sides that can know its facts."""

    SENDER = "sender"
    HUB = "hub"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Addressed:
    """One recipient with what the directory says of it and the agreement that is named for it."""

    node: NodeId
    mode: Mode
    participant: Participant | None
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """The message that ``in_reply_to`` names, as far as this side knows it."""

    channel: Channel
    type: TypeId
    language: str
    parties: frozenset[NodeId]  # its sender and recipients


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterFacts:
    """The header and everything a hub knows around it. ``now`` is the time at which the message counts as sent.

    That is the node's clock for a draft, the hub's clock at admission, and the log leaf's time at a recipient. Consents
    and approvals are logged in one format, so both arrive as ``ConsentToken`` (decision 17).
    """

    side: Side
    header: Header
    sender: Participant | None
    recipients: tuple[Addressed, ...]
    policy: PolicyState | None
    now: int
    reply: ReplyFacts | None = None
    tokens: Mapping[Reference, ConsentToken] = field(default_factory=dict)
    approvals: Mapping[Reference, ConsentToken] = field(default_factory=dict)


class ActKind(StrEnum):
    """What a person signed for."""

    ISSUE = "issue"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class PersonalAct:
    """A personal signature over this draft's digest that the caller verified (decision 19); others are left out."""

    kind: ActKind
    node: NodeId
    person: str  # opaque id
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A message or item that the body refers to, as the sending node's own store knows it.

    ``channel`` is None when the store does not know it; such a reference is refused.
    """

    path: str  # JSON pointer of the reference
    channel: Channel | None = None
    owner: NodeId | None = None
    handling: tuple[str, ...] = ()
    addressees: frozenset[NodeId] = frozenset()
    consented: frozenset[NodeId] = frozenset()  # whom the owner allowed to have it (message MT-11)
    quoted: bool = False  # its content stands in the body, not only its id
    evidential: bool = False  # the owner consented to use in proceedings
    purpose: str | None = None  # for which it was sent; None where it is not known
    repurposed: frozenset[str] = frozenset()  # other purposes that the owner allowed (message MT-11)
    classification: str | None = None
    erase_by: int | None = None
    corrected: bool = False  # its owner sent this node a correction of it (message MT-12)
    restricted: bool = False  # its owner restricted it, or wants it erased


class Use(StrEnum):
    """What may be done with a message that is kept at a node."""

    READ = "read"
    PRINT = "print"
    QUOTE = "quote"  # its content is restated in a letter rogatory
    FORWARD = "forward"  # rows go to another participant, under the sender's signatures
    EXPORT = "export"  # it is put into a file for a court


class Evidence(StrEnum):
    """What its owner said about use in proceedings by everybody in the header, as of now (code evidence_consent)."""

    NONE = "none"
    GRANTED = "granted"
    INSTRUMENT = "judicial_instrument"  # only through a letter rogatory


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """The message that is to be used; the header around it states for whom, and for which purpose.

    ``consented`` and ``evidential`` are the nodes that its owner allowed to have it, and to use it in proceedings.
    ``asks`` is whose word the owner's state asks for first, under the agreements in force between it and this node.
    """

    part: str
    owner: NodeId
    handling: frozenset[str] = frozenset()
    addressees: frozenset[NodeId] = frozenset()
    consented: frozenset[NodeId] = frozenset()
    evidential: frozenset[NodeId] = frozenset()
    asks: EvidentialUse | None = None
    use: Use = Use.FORWARD
    evidence: Evidence = Evidence.NONE
    conditions: tuple[str, ...] = ()  # of the owner's consents that the use relies on
    accepted: bool = False  # the person who uses it took the conditions on
    basis: str | None = None  # what the use serves, where the owner limited it to proceedings
    limits: frozenset[str] = frozenset()  # that the item itself declares
    restricted: bool = False  # its owner restricted it, or wants it erased
    despite: bool = False  # the person who reads it gave the reason for which it is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerFacts:
    """What only the nodes can see, around the outer facts."""

    outer: OuterFacts
    content: ContentSummary
    documents: Mapping[str, object]  # "body" and "identity", as JSON values
    reader: NodeId | None = None  # the node that asks, at a recipient
    author: str | None = None  # opaque id of the person who wrote the draft, known at the sender
    acts: tuple[PersonalAct, ...] = ()
    citations: tuple[Citation, ...] = ()
    matrices: Mapping[Reference, ConsentMatrix] = field(default_factory=dict)
    disclosed: Disclosed | None = None  # only where a message that is kept here is to be used
