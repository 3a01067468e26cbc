"""What the fold remembers: each fact with the directory size at which it began and, if it ended, at which it ended.

Size n means the first n entries. A fact of entry i (from 0) begins at size i + 1.
"""

from dataclasses import dataclass
from enum import StrEnum

from protocol.charter import Charter
from protocol.ids import NodeId, Reference, StatementId
from protocol.ports import IdentityPublic
from protocol.records import Agreement, Participant, PolicyState, RecipientKey
from protocol.statement_network import Restart, Suspension
from protocol.statements import Body


class Holder(StrEnum):
    """Whose a signing key is; one key never serves two of them."""

    HUB = "hub"
    REGISTRAR = "registrar"
    WITNESS = "witness"
    NODE = "node"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is bound to a signing key, for ever: a key once bound is never bound again."""

    holder: Holder
    name: str


@dataclass(frozen=True, slots=True)
class Span:
    """From which directory size a fact holds, and from which it no longer does."""

    since: int
    ended: int | None = None

    def covers(self, size: int) -> bool:
        """Return whether the fact holds at ``size``."""
        return self.since <= size and (self.ended is None or size < self.ended)


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node as it stands from size ``since`` on. ``entry.suspended`` is always false here: it depends on time."""

    since: int
    version: int
    entry: Participant
    pins: tuple[bytes, ...]
    suspensions: tuple[Suspension, ...] = ()
    last_short: int | None = None  # end of the last suspension that a single registrar made

    def suspended(self, at: int) -> bool:
        """Return whether a suspension holds at ``at``; one that is not lifted and has no end always does."""
        return any(each.until is None or at < each.until for each in self.suspensions)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A recipient key and how long its publication stands."""

    key: RecipientKey
    span: Span


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A personal signing key: an opaque person id and a role at a node, usable within [not_before, not_after)."""

    kid: bytes
    node: NodeId
    person: Reference
    role: str
    identity: IdentityPublic
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A personal key and how long its binding stands."""

    key: PersonKey
    span: Span


@dataclass(frozen=True, slots=True)
class AgreementRecord:
    """An agreement and how long it stands; its own dates are in its terms."""

    agreement: Agreement
    span: Span


@dataclass(frozen=True, slots=True)
class CharterRecord:
    """A charter, its statement id, and since when it is in force."""

    since: int
    id: StatementId
    charter: Charter


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A policy state and since when it is in force."""

    since: int
    state: PolicyState


@dataclass(frozen=True, slots=True)
class RestartRecord:
    """A restart that the registrars declared, and since when."""

    since: int
    restart: Restart


@dataclass(frozen=True, slots=True)
class Pending:
    """A statement that some of its signers have signed; ``signers`` are the ids of their Ed25519 keys."""

    body: Body
    signers: frozenset[bytes]
