"""Who must sign what (protocol decision 10). Pure: the state and the statement's body in, a rule out.

A rule names groups of identities, any one of which is enough once the needed number of its members signed, and the new
identities that must prove possession of their keys in the statement's first entry. Bytes: docs/wire.md section 6.2.
"""

from dataclasses import dataclass
from typing import Final, assert_never

from keys.state import State
from protocol.charter import DAY, Charter
from protocol.cose import ed25519_kid
from protocol.ids import NodeId
from protocol.ports import IdentityPublic
from protocol.statement_network import AgreementTerms, PolicyChange, Restart, Revocation, Suspension
from protocol.statement_nodes import (
    Capability,
    Enrolment,
    IdentityChange,
    KeyPublication,
    PersonBinding,
    Recovery,
    TlsPins,
)
from protocol.statements import Body

SHORT_SUSPENSION: Final = 3 * DAY  # what one registrar alone may impose, and the pause before it may again


@dataclass(frozen=True, slots=True)
class Group:
    """``needed`` of ``members`` must sign. An empty group is never satisfied."""

    members: tuple[IdentityPublic, ...]
    needed: int

    def satisfied(self, signers: frozenset[bytes]) -> bool:
        """Return whether enough members are among the signers (ids of Ed25519 keys)."""
        return self.needed > 0 and len({kid(each) for each in self.members} & signers) >= self.needed


@dataclass(frozen=True, slots=True)
class Rule:
    """Any group suffices; every identity of ``possession`` is new and must sign too."""

    groups: tuple[Group, ...]
    possession: tuple[IdentityPublic, ...] = ()

    def signer(self, ed_kid: bytes) -> IdentityPublic | None:
        """Return the identity with this Ed25519 key among all that may sign."""
        known = (*self.possession, *(each for group in self.groups for each in group.members))
        return next((each for each in known if kid(each) == ed_kid), None)

    def satisfied(self, signers: frozenset[bytes]) -> bool:
        """Return whether the statement takes effect with these signers."""
        return any(group.satisfied(signers) for group in self.groups)

    def lacking(self, signers: frozenset[bytes]) -> int:
        """Return how many signatures the nearest group still lacks."""
        counts = [group.needed - len({kid(each) for each in group.members} & signers) for group in self.groups]
        return max(0, min(counts))


def kid(public: IdentityPublic) -> bytes:
    """Return the id under which an identity's signatures are counted. One half is enough: no half is bound twice."""
    return ed25519_kid(public.ed25519)


def founding_rule(charter: Charter) -> Rule:
    """Return the rule of the first charter: all registrars, and the hub for the possession of its key."""
    return Rule((Group(charter.registrars, len(charter.registrars)),), (charter.hub_identity,))


def rule_for(state: State, body: Body) -> Rule:
    """Return who must sign ``body`` now. A node that is unknown or revoked is nobody: its rule cannot be satisfied."""
    match body:
        case Charter():
            return _charter_rule(state.charter, body)
        case Enrolment():
            known = state.node(body.node) is not None
            return Rule((_registrars(state),), () if known else (body.identity,))
        case Recovery():
            return Rule((_registrars(state),), (body.identity,))
        case KeyPublication() | Capability() | TlsPins():
            return Rule((_nodes(state, body.node),))
        case PersonBinding() | IdentityChange():
            return Rule((_nodes(state, body.node),), (body.identity,))
        case AgreementTerms():
            return Rule((_nodes(state, *body.parties),))
        case PolicyChange() | Restart():
            return Rule((_registrars(state),))
        case Revocation():
            return Rule((_nodes(state, body.node), _registrars(state)))
        case Suspension():
            return Rule((_suspenders(state, body),))
        case _:
            assert_never(body)


def signing_nodes(body: Body) -> tuple[NodeId, ...]:
    """Return the nodes whose own authority ``body`` rests on; a suspended one may only give something up."""
    match body:
        case KeyPublication() | Capability() | TlsPins() | PersonBinding() | IdentityChange():
            return (body.node,)
        case AgreementTerms():
            return body.parties
        case _:
            return ()


def issued_at(body: Body) -> int:
    """Return when a statement says it was issued, seconds UTC. It is its author's word (see ``keys.admission``)."""
    return body.created_at if isinstance(body, Charter) else body.issued_at


def _charter_rule(current: Charter, body: Charter) -> Rule:
    fresh = tuple(each for each in body.registrars if each not in current.registrars)
    if body.hub_identity != current.hub_identity:
        fresh += (body.hub_identity,)
    return Rule((Group(current.registrars, current.threshold),), fresh)


def _registrars(state: State) -> Group:
    return Group(state.charter.registrars, state.charter.threshold)


def _nodes(state: State, *nodes: NodeId) -> Group:
    found = [state.node(node) for node in nodes]
    standing = tuple(each.entry.identity for each in found if each is not None and not each.entry.revoked)
    return Group(standing, len(nodes))


def _suspenders(state: State, body: Suspension) -> Group:
    known = state.node(body.node)
    last = known.last_short if known else None
    short = body.until is not None and body.until - body.issued_at <= SHORT_SUSPENSION
    rested = last is None or body.issued_at >= last + SHORT_SUSPENSION
    return Group(state.charter.registrars, 1 if short and rested else state.charter.threshold)
