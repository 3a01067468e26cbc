"""Whether a statement fits the directory as it stands. Pure and without effect; signatures are ``keys.fold``'s part.

Specified in docs/wire.md section 6.
"""

from itertools import pairwise
from typing import Final, assert_never

from keys.bindings import check_charter_keys, check_pins, check_unbound
from keys.families import check_family
from keys.records import NodeState
from keys.rotation import Chain
from keys.signers import issued_at, signing_nodes
from keys.state import State
from protocol.charter import WEEK, Charter
from protocol.errors import Code, Fault
from protocol.ids import Channel, KeyId, NodeId, StatementId
from protocol.records import Kind
from protocol.statement_network import AgreementTerms, PolicyChange, Restart, Revocation, Suspension, Target
from protocol.statement_nodes import (
    Capability,
    Enrolment,
    IdentityChange,
    KeyPublication,
    PersonBinding,
    PublishedKey,
    Recovery,
    TlsPins,
    type_name,
    type_version,
)
from protocol.statements import Body
from protocol.wrap import parse_recipient_public, recipient_key_id

LEAST_WIRE: Final = 1
LONGEST_PERSON: Final = 157 * WEEK  # three years: a personal key is renewed about as often as a service card


def check_body(state: State, body: Body) -> None:
    """Raise the code of the first rule that ``body`` breaks; nothing changes."""
    for node in signing_nodes(body):
        _check_not_suspended(state, node, body)
    match body:
        case Enrolment():
            _check_enrolment(state, body)
        case KeyPublication():
            _check_keys(state, body)
        case Recovery():
            _check_recovery(state, body)
        case IdentityChange():
            _check_identity_change(state, body)
        case Capability():
            _check_capability(state, body)
        case TlsPins():
            _check_tls(state, body)
        case PersonBinding():
            _check_person(state, body)
        case _:
            _check_network_body(state, body)


def known_node(state: State, node: NodeId) -> NodeState:
    """Return a node that is enrolled and not revoked; UNKNOWN_SENDER or KEY_REVOKED."""
    found = state.node(node)
    if found is None:
        raise Fault(Code.UNKNOWN_SENDER, node)
    if found.entry.revoked:
        raise Fault(Code.KEY_REVOKED, node)
    return found


def _check_network_body(
    state: State, body: Charter | AgreementTerms | PolicyChange | Revocation | Suspension | Restart
) -> None:
    match body:
        case Charter():
            _check_charter(state, body)
        case AgreementTerms():
            _check_agreement(state, body)
        case PolicyChange():
            _check_policy(state, body)
        case Revocation():
            _check_revocation(state, body)
        case Suspension():
            _check_suspension(state, body)
        case Restart():
            _check_restart(state, body)
        case _:
            assert_never(body)


def _check_not_suspended(state: State, node: NodeId, body: Body) -> None:
    if known_node(state, node).suspended(issued_at(body)):
        raise Fault(Code.NODE_SUSPENDED, node)


def _check_charter(state: State, body: Charter) -> None:
    last = state.charters[-1]
    if body.network_id != last.charter.network_id or body.training != last.charter.training:
        raise Fault(Code.WRONG_AUDIENCE, "charter of another network")
    if (
        body.version != last.charter.version + 1
        or body.previous != last.id
        or body.created_at < last.charter.created_at
    ):
        raise Fault(Code.STATEMENT_ORDER, "charter")
    if body.minimum_suite < last.charter.minimum_suite:
        raise Fault(Code.DOWNGRADE, "minimum suite")
    check_charter_keys(state, body)


def _check_enrolment(state: State, body: Enrolment) -> None:
    known = known_node(state, body.node) if state.node(body.node) is not None else None
    check_family(body.kind, body.family, body.channels)
    if body.mandate is not None and body.kind is not Kind.AUDITOR:
        raise Fault(Code.NOT_PERMITTED, "a mandate is an auditor's")
    if any(state.charter.terms(each) is None for each in body.channels):
        raise Fault(Code.NOT_PERMITTED, "channel without terms")
    if body.version != (known.version + 1 if known else 1):
        raise Fault(Code.STATEMENT_ORDER, "version")
    if known is None:
        check_unbound(state, body.identity)
    elif body.identity != known.entry.identity:
        raise Fault(Code.NOT_PERMITTED, "a new identity needs a recovery")
    check_pins(state, body.node, (body.tls_pin,))


def _check_recovery(state: State, body: Recovery) -> None:
    known = state.node(body.node)
    if known is None:
        raise Fault(Code.UNKNOWN_SENDER, body.node)
    if body.version != known.version + 1:
        raise Fault(Code.STATEMENT_ORDER, "version")
    check_unbound(state, body.identity)
    check_pins(state, body.node, (body.tls_pin,))


def _check_identity_change(state: State, body: IdentityChange) -> None:
    if body.version != known_node(state, body.node).version + 1:
        raise Fault(Code.STATEMENT_ORDER, "version")
    check_unbound(state, body.identity)


def _check_keys(state: State, body: KeyPublication) -> None:
    node = known_node(state, body.node)
    chain = state.chains.get(body.node, Chain())
    if body.sequence != chain.sequence + 1 or body.previous != chain.last:
        raise Fault(Code.KEY_CHAIN, "sequence or previous")
    ids = [recipient_key_id(each.public_key) for each in body.keys]
    if len(set(ids)) != len(ids) or any(each in state.keys for each in ids):
        raise Fault(Code.KEY_ALREADY_BOUND, "recipient key")
    for key in body.keys:
        _check_joined(state, node, key.channel)
        _check_window(state, body, key)
        parse_recipient_public(key.public_key)
    if any(a.channel == b.channel and a.not_after > b.not_before for a, b in pairwise(body.keys)):
        raise Fault(Code.KEY_CHAIN, "windows overlap")


def _check_joined(state: State, node: NodeState, channel: Channel) -> None:
    if channel not in node.entry.channels or state.charter.terms(channel) is None:
        raise Fault(Code.NOT_PERMITTED, f"{node.entry.node} is not in {channel}")


def _check_window(state: State, body: KeyPublication, key: PublishedKey) -> None:
    horizon = body.issued_at + (state.charter.weeks_ahead(key.channel) + 1) * WEEK
    if key.not_after - key.not_before > WEEK or not body.issued_at < key.not_after <= horizon:
        raise Fault(Code.NOT_PERMITTED, "window")
    live = (state.keys[each].key for each in state.live.get((body.node, key.channel), ()))
    if any(key.not_before < each.not_after and each.not_before < key.not_after for each in live):
        raise Fault(Code.KEY_CHAIN, "windows overlap")


def _check_agreement(state: State, body: AgreementTerms) -> None:
    for each in body.parties:
        _check_joined(state, known_node(state, each), body.channel)


def _check_policy(state: State, body: PolicyChange) -> None:
    if not state.policies:
        return
    last = state.policies[-1].state
    if body.activated_at < last.activated_at or body.digest == last.active:
        raise Fault(Code.STATEMENT_ORDER, "policy")


def _check_revocation(state: State, body: Revocation) -> None:
    known_node(state, body.node)
    for each in body.ids:
        owners, ended = _target(state, body.target, each)
        if body.node not in owners:
            raise Fault(Code.NOT_PERMITTED, "not the node's to revoke")
        if ended:
            raise Fault(Code.STATEMENT_ORDER, "already ended")


def _target(state: State, target: Target, each: bytes) -> tuple[tuple[NodeId, ...], bool]:
    """Return whose the thing is and whether it has ended; nobody's if there is no such thing."""
    match target:
        case Target.KEYS if key := state.keys.get(KeyId(each)):
            return (key.key.node,), key.span.ended is not None
        case Target.PERSON if person := state.people.get(each):
            return (person.key.node,), person.span.ended is not None
        case Target.AGREEMENT if agreement := state.agreements.get(StatementId(each)):
            return agreement.agreement.parties, agreement.span.ended is not None
        case _:
            return (), False


def _check_suspension(state: State, body: Suspension) -> None:
    if body.lift and not known_node(state, body.node).suspensions:
        raise Fault(Code.STATEMENT_ORDER, "nothing to lift")
    known_node(state, body.node)


def _check_capability(state: State, body: Capability) -> None:
    if body.wire < LEAST_WIRE or body.suite < state.charter.minimum_suite:
        raise Fault(Code.DOWNGRADE, "below the network's minimum")
    last = state.capabilities.get(body.node)
    if last is None:
        return
    if body.issued_at < last.issued_at:
        raise Fault(Code.STATEMENT_ORDER, "capability")
    now = {type_name(each): type_version(each) for each in body.types}
    lost = [each for each in last.types if now.get(type_name(each), 0) < type_version(each)]
    if body.wire < last.wire or body.suite < last.suite or lost:
        raise Fault(Code.DOWNGRADE, "capability")


def _check_tls(state: State, body: TlsPins) -> None:
    last = state.pin_changes.get(body.node)
    if last is not None and body.issued_at < last.issued_at:
        raise Fault(Code.STATEMENT_ORDER, "tls")
    check_pins(state, body.node, body.pins)


def _check_restart(state: State, body: Restart) -> None:
    if any(each.restart.log == body.log and body.issued_at < each.restart.issued_at for each in state.restarts):
        raise Fault(Code.STATEMENT_ORDER, "restart")


def _check_person(state: State, body: PersonBinding) -> None:
    if body.not_after - body.not_before > LONGEST_PERSON:
        raise Fault(Code.NOT_PERMITTED, "validity")
    check_unbound(state, body.identity)
