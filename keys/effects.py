"""What a statement in force changes. Every function writes the state it is given; only ``keys.fold`` calls them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from keys.bindings import bind, bind_charter, identity_ids
from keys.records import (
    AgreementRecord,
    CharterRecord,
    Holder,
    KeyRecord,
    NodeState,
    Owner,
    PersonKey,
    PersonRecord,
    PolicyRecord,
    RestartRecord,
    Span,
)
from keys.rotation import Chain
from keys.signers import SHORT_SUSPENSION
from keys.state import State
from protocol.charter import Charter
from protocol.ids import KeyId, NodeId, StatementId
from protocol.records import Participant, PolicyState, RecipientKey
from protocol.statement_network import (
    AgreementTerms,
    PolicyChange,
    Restart,
    Revocation,
    Suspension,
    Target,
    agreement_of,
)
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
from protocol.wrap import recipient_key_id


def apply_body(state: State, body: Body, statement: StatementId, since: int) -> None:
    """Write what ``body`` says, holding from size ``since`` on. Its checks and its signatures were good."""
    match body:
        case Charter():
            state.charters.append(CharterRecord(since, statement, body))
            bind_charter(state, body)
        case AgreementTerms():
            _agree(state, body, statement, since)
        case PolicyChange():
            previous = state.policies[-1].state.active if state.policies else None
            now = PolicyState(body.digest, previous, body.activated_at, body.emergency)
            state.policies.append(PolicyRecord(since, now))
        case Revocation():
            _revoke(state, body, since)
        case Suspension():
            _suspend(state, body, since)
        case Restart():
            state.restarts.append(RestartRecord(since, body))
        case _:
            _apply_node_body(state, body, statement, since)


def _apply_node_body(
    state: State,
    body: Enrolment | KeyPublication | Recovery | Capability | TlsPins | PersonBinding | IdentityChange,
    statement: StatementId,
    since: int,
) -> None:
    match body:
        case Enrolment():
            _enrol(state, body, since)
        case KeyPublication():
            _publish(state, body, statement, since)
        case Recovery():
            _recover(state, body, since)
        case IdentityChange():
            _change_identity(state, body, since)
        case Capability():
            state.capabilities[body.node] = body
        case TlsPins():
            state.pin_changes[body.node] = body
            _change_pins(state, body.node, body.pins, since)
        case PersonBinding():
            _bind_person(state, body, since)
        case _:
            assert_never(body)


def _enrol(state: State, body: Enrolment, since: int) -> None:
    known = state.node(body.node)
    entry = Participant(
        node=body.node,
        kind=body.kind,
        family=body.family,
        country=body.country,
        label=body.label,
        channels=body.channels,
        languages=body.languages,
        accredited=body.accredited,
        valid_until=body.valid_until,
        suspended=False,
        revoked=False,
        identity=body.identity,
        tls_pin=body.tls_pin,
        mandate=body.mandate,
    )
    if known is None:
        _write(state, NodeState(since, body.version, entry, (body.tls_pin,)))
    else:
        pins = tuple(dict.fromkeys((body.tls_pin, *known.pins))) if body.tls_pin in known.pins else (body.tls_pin,)
        _write(state, replace(known, since=since, version=body.version, entry=entry, pins=pins))
        _end_keys(state, [k for k in _live(state, body.node) if state.keys[k].key.channel not in body.channels], since)
    bind(state, body.identity, Owner(Holder.NODE, body.node))
    state.pins[body.tls_pin] = body.node


def _publish(state: State, body: KeyPublication, statement: StatementId, since: int) -> None:
    state.chains[body.node] = Chain(body.sequence, statement)
    for each in body.keys:
        key_id = recipient_key_id(each.public_key)
        key = RecipientKey(key_id, body.node, each.channel, each.public_key, each.not_before, each.not_after)
        state.keys[key_id] = KeyRecord(key, Span(since))
        place = (body.node, each.channel)
        ids = (*state.live.get(place, ()), key_id)
        state.live[place] = tuple(sorted(ids, key=lambda each: state.keys[each].key.not_before))


def _agree(state: State, body: AgreementTerms, statement: StatementId, since: int) -> None:
    state.agreements[statement] = AgreementRecord(agreement_of(body, statement), Span(since))
    place = (*body.parties, body.channel)
    state.between[place] = (*state.between.get(place, ()), statement)


def _revoke(state: State, body: Revocation, since: int) -> None:
    match body.target:
        case Target.NODE:
            known = state.nodes[body.node][-1]
            _write(state, replace(known, since=since, entry=replace(known.entry, revoked=True)))
            _end_keys(state, _live(state, body.node), since)
            _end_people(state, body.node, since)
        case Target.KEYS:
            _end_keys(state, (KeyId(each) for each in body.ids), since)
        case Target.PERSON:
            for each in body.ids:
                state.people[each] = _ended_person(state.people[each], since)
        case Target.AGREEMENT:
            for each in map(StatementId, body.ids):
                record = state.agreements[each]
                state.agreements[each] = replace(record, span=replace(record.span, ended=since))
        case _:
            assert_never(body.target)


def _suspend(state: State, body: Suspension, since: int) -> None:
    known = state.nodes[body.node][-1]
    suspensions = () if body.lift else (*known.suspensions, body)
    short = body.until is not None and body.until - body.issued_at <= SHORT_SUSPENSION
    last = body.until if short else known.last_short
    _write(state, replace(known, since=since, suspensions=suspensions, last_short=last))


def _recover(state: State, body: Recovery, since: int) -> None:
    known = state.nodes[body.node][-1]
    entry = replace(known.entry, identity=body.identity, tls_pin=body.tls_pin, revoked=False)
    _write(state, replace(known, since=since, version=body.version, entry=entry, pins=(body.tls_pin,)))
    _end_keys(state, _live(state, body.node), since)
    _end_people(state, body.node, since)
    bind(state, body.identity, Owner(Holder.NODE, body.node))
    state.pins[body.tls_pin] = body.node


def _change_identity(state: State, body: IdentityChange, since: int) -> None:
    """Replace the signing keys only: recipient keys, TLS keys and people were vouched for by keys nobody doubts."""
    known = state.nodes[body.node][-1]
    _write(state, replace(known, since=since, version=body.version, entry=replace(known.entry, identity=body.identity)))
    bind(state, body.identity, Owner(Holder.NODE, body.node))


def _change_pins(state: State, node: NodeId, pins: tuple[bytes, ...], since: int) -> None:
    known = state.nodes[node][-1]
    entry = replace(known.entry, tls_pin=pins[0])
    _write(state, replace(known, since=since, entry=entry, pins=pins))
    state.pins |= dict.fromkeys(pins, node)


def _bind_person(state: State, body: PersonBinding, since: int) -> None:
    half, _, kid = identity_ids(body.identity)
    key = PersonKey(kid, body.node, body.person, body.role, body.identity, body.not_before, body.not_after)
    state.people[kid] = PersonRecord(key, Span(since))
    state.people_by_half[half] = kid
    bind(state, body.identity, Owner(Holder.PERSON, body.person.hex()))


def _write(state: State, node: NodeState) -> None:
    state.nodes[node.entry.node] = (*state.nodes.get(node.entry.node, ()), node)


def _live(state: State, node: NodeId) -> list[KeyId]:
    return [key_id for (owner, _), ids in state.live.items() if owner == node for key_id in ids]


def _end_keys(state: State, key_ids: Iterable[KeyId], since: int) -> None:
    for key_id in list(key_ids):
        record = state.keys[key_id]
        state.keys[key_id] = replace(record, span=replace(record.span, ended=since))
        place = (record.key.node, record.key.channel)
        state.live[place] = tuple(each for each in state.live[place] if each != key_id)


def _end_people(state: State, node: NodeId, since: int) -> None:
    for kid, record in state.people.items():
        if record.key.node == node and record.span.ended is None:
            state.people[kid] = _ended_person(record, since)


def _ended_person(record: PersonRecord, since: int) -> PersonRecord:
    return replace(record, span=replace(record.span, ended=since))
