"""What the directory says about participants, agreements and policies, as values that policies, hub and nodes share.

Specified in docs/wire.md section 6.
"""

from dataclasses import dataclass
from enum import StrEnum

from protocol.ids import Channel, KeyId, NodeId, PolicyDigest, Reference, StatementId, TypeId
from protocol.mandate import Mandate
from protocol.ports import IdentityPublic
from protocol.scope import EvidentialUse, Scope


class Kind(StrEnum):
    """What a participant is."""

    CONTACT_POINT = "contact-point"
    AGENCY = "agency"
    JOINT_CENTRE = "joint-centre"
    PROSECUTION = "prosecution"
    COURT = "court"
    CENTRAL_AUTHORITY = "central-authority"
    CSO = "cso"
    CHILD_PROTECTION = "child-protection"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"


class Family(StrEnum):
    """Channel families never meet at one node (invariant 6); oversight joins no content channel."""

    POLICE = "police"
    JUDICIAL = "judicial"
    CSO = "cso"
    OVERSIGHT = "oversight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An enrolled node as the directory shows it at one size."""

    node: NodeId
    kind: Kind
    family: Family
    country: str  # ISO 3166-1 alpha-2, XK user-assigned
    label: str  # functional name of the organisation, never a person's
    channels: tuple[Channel, ...]
    languages: tuple[str, ...]
    accredited: tuple[str, ...]  # classification levels it may open
    valid_until: int | None  # end of a licence or mandate, seconds UTC
    suspended: bool
    revoked: bool
    identity: IdentityPublic
    tls_pin: bytes  # SHA-256 of the SubjectPublicKeyInfo
    mandate: Mandate | None = None  # of an auditor: what it may see of messages


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """One weekly public key of a node for one channel."""

    key_id: KeyId
    node: NodeId
    channel: Channel
    public_key: bytes
    not_before: int
    not_after: int  # exclusive, seconds UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A legal basis between two participants for one channel, in force since both signed it."""

    id: StatementId
    parties: tuple[NodeId, NodeId]  # ascending
    channel: Channel
    instrument: str
    articles: tuple[str, ...]
    purposes: tuple[str, ...]
    data_categories: tuple[str, ...]
    personal_data: bool
    evidential_use: str
    valid_from: int
    valid_until: int | None
    scope: Scope | None = None  # agreements signed before scopes were have none

    def binds(self, a: NodeId, b: NodeId) -> bool:
        """Return whether the agreement is between these two, in either order."""
        return self.parties in ((a, b), (b, a))

    def in_force(self, at: int) -> bool:
        """Return whether the agreement's own dates contain ``at``."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    def covers_type(self, type_id: TypeId) -> bool:
        """Return whether messages of this type may rest on the agreement, whatever the version."""
        return self.scope is None or type_id.partition("/")[0] in self.scope.types

    def languages_of(self, node: NodeId) -> tuple[str, ...] | None:
        """Return the languages in which a party accepts messages; None where none are agreed, () for a stranger."""
        if self.scope is None:
            return None
        return self.scope.languages[self.parties.index(node)] if node in self.parties else ()

    def evidence_of(self, node: NodeId) -> EvidentialUse | None:
        """Return whose word a party's state asks for before use in proceedings; None where it is not agreed."""
        if self.scope is None or node not in self.parties:
            return None
        return self.scope.evidence[self.parties.index(node)]

    def carries(self, level: str) -> bool:
        """Return whether the parties agreed on markings for a classification level."""
        return self.scope is not None and self.scope.carries(level)


@dataclass(frozen=True, slots=True)
class PolicyState:
    """The active policy bundle of the network and the one it superseded."""

    active: PolicyDigest
    previous: PolicyDigest | None
    activated_at: int
    emergency: bool


@dataclass(frozen=True, slots=True)
class ConsentToken:
    """What the hub knows of a consent: a reference, who may send to whom, until when, and whether it was withdrawn."""

    reference: Reference
    holder: NodeId
    sender: NodeId
    recipient: NodeId
    expires_at: int
    withdrawn: bool
