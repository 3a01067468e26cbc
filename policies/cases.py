"""Facts as a person writes them in a test file: flat, with defaults for what a case is not about.

Ids are names; references and digests stand for the SHA-256 of what is written. The converted facts are the real ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from policies.consent import ConsentKind, ConsentMatrix, Grant
from policies.facts import (
    ActKind,
    Addressed,
    Citation,
    Disclosed,
    InnerFacts,
    OuterFacts,
    PersonalAct,
    ReplyFacts,
    Side,
)
from policies.header import Header
from policies.typed import named_bytes
from protocol.catalogue.content import ContentSummary
from protocol.core import Mode
from protocol.ids import (
    DIGEST_SIZE,
    REFERENCE_SIZE,
    Channel,
    MessageId,
    NodeId,
    PolicyDigest,
    Reference,
    StatementId,
    TypeId,
)
from protocol.ports import IdentityPublic
from protocol.records import Agreement, ConsentToken, Family, Kind, Participant, PolicyState
from protocol.scope import Scope

ACTIVE: Final = PolicyDigest(named_bytes("active", DIGEST_SIZE))
"""The digest under which test files are run."""
FAR: Final = 4_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """An agreement; parties and channel are those of the message unless written."""

    purposes: tuple[str, ...]
    data_categories: tuple[str, ...] = ()
    personal_data: bool = True
    parties: tuple[NodeId, NodeId] | None = None
    channel: Channel | None = None
    valid_from: int = 0
    valid_until: int | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A sender or recipient; ``enrolled: false`` stands for a node that the directory does not know."""

    node: NodeId
    kind: Kind
    family: Family
    country: str = "XX"
    languages: tuple[str, ...] = ("en",)
    channels: tuple[Channel, ...] | None = None
    accredited: tuple[str, ...] = ()
    valid_until: int | None = None
    suspended: bool = False
    revoked: bool = False
    enrolled: bool = True
    mode: Mode = Mode.ACTION
    agreement: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A logged consent or approval; sender is the message's unless written."""

    recipient: NodeId
    sender: NodeId | None = None
    expires_at: int = FAR
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A consent matrix."""

    grants: tuple[Grant, ...]
    consent: Reference = field(default_factory=lambda: Reference(bytes(REFERENCE_SIZE)))
    version: int = 1
    kind: ConsentKind = ConsentKind.EXPLICIT_WRITTEN
    valid_from: int = 0
    expires_at: int = FAR
    withdrawn_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A verified personal signature; its node is the message's sender unless written."""

    kind: ActKind
    person: str
    role: str
    node: NodeId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One message with everything around it."""

    type: TypeId
    purpose: str
    sender: Party
    to: tuple[Party, ...]
    content: ContentSummary
    channel: Channel
    now: int
    expires_at: int
    language: str = "en"
    issued_at: int | None = None
    in_reply_to: MessageId | None = None
    urgency: str | None = None
    urgency_ground: str | None = None
    classification: str | None = None
    handling: tuple[str, ...] = ()
    person_roles: tuple[str, ...] = ()
    data_categories: tuple[str, ...] = ()
    erase_by: int | None = None
    consents: tuple[Reference, ...] = ()
    approvals: tuple[Reference, ...] = ()
    identity: bool = False
    policy: PolicyDigest = ACTIVE
    state: PolicyState | None = field(default_factory=lambda: PolicyState(ACTIVE, None, 0, emergency=False))
    side: Side = Side.SENDER
    reply: ReplyFacts | None = None
    tokens: Mapping[Reference, Token] = field(default_factory=dict)
    logged_approvals: Mapping[Reference, Token] = field(default_factory=dict)
    body: object = field(default_factory=dict)
    identity_part: object = field(default_factory=dict)
    reader: NodeId | None = None
    author: str | None = None
    acts: tuple[Act, ...] = ()
    citations: tuple[Citation, ...] = ()
    matrices: Mapping[Reference, Matrix] = field(default_factory=dict)
    disclosed: Disclosed | None = None


def to_facts(written: Written) -> InnerFacts:
    """Return the facts that a test file wrote down."""
    sender = written.sender.node
    return InnerFacts(
        outer=_outer(written),
        content=written.content,
        documents={"body": written.body, "identity": written.identity_part},
        reader=written.reader,
        author=written.author,
        acts=tuple(PersonalAct(each.kind, each.node or sender, each.person, each.role) for each in written.acts),
        citations=written.citations,
        matrices={key: _matrix(value) for key, value in written.matrices.items()},
        disclosed=written.disclosed,
    )


def _outer(written: Written) -> OuterFacts:
    return OuterFacts(
        side=written.side,
        header=_header(written),
        sender=_participant(written.sender, written.channel),
        recipients=tuple(_addressed(each, written) for each in written.to),
        policy=written.state,
        now=written.now,
        reply=written.reply,
        tokens={key: _token(key, value, written.sender.node) for key, value in written.tokens.items()},
        approvals={key: _token(key, value, written.sender.node) for key, value in written.logged_approvals.items()},
    )


def _header(written: Written) -> Header:
    return Header(
        sender=written.sender.node,
        channel=written.channel,
        type=written.type,
        purpose=written.purpose,
        language=written.language,
        policy=written.policy,
        issued_at=written.now if written.issued_at is None else written.issued_at,
        expires_at=written.expires_at,
        in_reply_to=written.in_reply_to,
        urgency=written.urgency,
        urgency_ground=written.urgency_ground,
        classification=written.classification,
        handling=written.handling,
        person_roles=written.person_roles,
        data_categories=written.data_categories,
        erase_by=written.erase_by,
        consents=written.consents,
        approvals=written.approvals,
        identity=written.identity,
    )


def _participant(party: Party, channel: Channel) -> Participant | None:
    if not party.enrolled:
        return None
    return Participant(
        node=party.node,
        kind=party.kind,
        family=party.family,
        country=party.country,
        label=party.node,
        channels=(channel,) if party.channels is None else party.channels,
        languages=party.languages,
        accredited=party.accredited,
        valid_until=party.valid_until,
        suspended=party.suspended,
        revoked=party.revoked,
        identity=IdentityPublic(b"", b""),
        tls_pin=b"",
    )


def _addressed(party: Party, written: Written) -> Addressed:
    terms = party.agreement
    agreement = None if terms is None else _agreement(terms, party.node, written)
    return Addressed(party.node, party.mode, _participant(party, written.channel), agreement)


def _agreement(terms: Terms, node: NodeId, written: Written) -> Agreement:
    low, high = sorted((written.sender.node, node))
    return Agreement(
        id=StatementId(named_bytes(f"{low} {high}", DIGEST_SIZE)),
        parties=(low, high) if terms.parties is None else terms.parties,
        channel=written.channel if terms.channel is None else terms.channel,
        instrument="test",
        articles=(),
        purposes=terms.purposes,
        data_categories=terms.data_categories,
        personal_data=terms.personal_data,
        evidential_use="none",
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        scope=terms.scope,
    )


def _token(reference: Reference, token: Token, sender: NodeId) -> ConsentToken:
    own = token.sender or sender
    return ConsentToken(reference, own, own, token.recipient, token.expires_at, token.withdrawn)


def _matrix(matrix: Matrix) -> ConsentMatrix:
    return ConsentMatrix(
        consent=matrix.consent,
        version=matrix.version,
        kind=matrix.kind,
        valid_from=matrix.valid_from,
        expires_at=matrix.expires_at,
        grants=matrix.grants,
        withdrawn_at=matrix.withdrawn_at,
    )
