"""What may not be ended, suspended, recovered or chartered anew, one rule a test."""

from dataclasses import replace

import pytest

from protocol.charter import DAY, WEEK, Charter
from protocol.cose import identity_kid
from protocol.errors import Code
from protocol.ids import Channel, NodeId
from protocol.statement_network import Reason, Revocation, Suspension, Target
from protocol.statement_nodes import Recovery
from tests.simulators.network import (
    LOTSE,
    MK,
    NADA,
    RS,
    TestNetwork,
    identity_of,
    tls_key_of,
)
from tests.simulators.party import NOW
from tests.simulators.refusal import refused
from tests.simulators.statements import PERSON

POLICE = Channel("police")
NEXT_WEEK = NOW + WEEK
STRANGER = NodeId("nobody")


def suspension(node: NodeId = MK.node, **changes: object) -> Suspension:
    fields: dict[str, object] = {
        "node": node,
        "issued_at": NOW,
        "until": NOW + DAY,
        "lift": False,
        "reason": Reason.COMPROMISED,
    }
    return Suspension(**(fields | changes))  # type: ignore[arg-type]


def revocation(node: NodeId = MK.node, target: Target = Target.NODE, *ids: bytes) -> Revocation:
    return Revocation(node=node, issued_at=NOW, target=target, ids=tuple(sorted(ids)), reason=Reason.LOST)


@pytest.mark.parametrize("target", [Target.KEYS, Target.PERSON, Target.AGREEMENT])
def test_what_is_not_there_cannot_be_revoked(network: TestNetwork, target: Target) -> None:
    with refused(Code.NOT_PERMITTED):
        network.append(revocation(MK.node, target, b"x" * 32), *network.quorum)


def test_a_node_revokes_its_own_keys_only(network: TestNetwork) -> None:
    (first, *_) = network.directory.recipient_keys(RS.node, POLICE)
    with refused(Code.NOT_PERMITTED):
        network.append(revocation(MK.node, Target.KEYS, first.key_id), network.nodes[MK.node].identity)


def test_a_node_revokes_its_own_agreements_only(network: TestNetwork) -> None:
    id_ = network.agreements[LOTSE.node, NADA.node, Channel("cso")]
    with refused(Code.NOT_PERMITTED):
        network.append(revocation(MK.node, Target.AGREEMENT, id_), network.nodes[MK.node].identity)


@pytest.mark.parametrize("target", [Target.KEYS, Target.PERSON, Target.AGREEMENT])
def test_nothing_ends_twice(network: TestNetwork, target: Target) -> None:
    network.append(PERSON, network.nodes[RS.node].identity, identity_of("a person"))
    ended = {
        Target.KEYS: network.directory.recipient_keys(RS.node, POLICE)[0].key_id,
        Target.PERSON: identity_kid(identity_of("a person").public),
        Target.AGREEMENT: network.agreements[MK.node, RS.node, POLICE],
    }[target]
    network.append(revocation(RS.node, target, ended), network.nodes[RS.node].identity)
    with refused(Code.STATEMENT_ORDER):
        network.append(replace(revocation(RS.node, target, ended), issued_at=NOW + 1), network.nodes[RS.node].identity)


def test_a_node_ends_once(network: TestNetwork) -> None:
    network.append(revocation(), *network.quorum)
    with refused(Code.KEY_REVOKED):
        network.append(replace(revocation(), issued_at=NOW + 1), *network.quorum)


def test_only_what_is_suspended_is_lifted(network: TestNetwork) -> None:
    with refused(Code.STATEMENT_ORDER):
        network.append(suspension(until=None, lift=True), *network.quorum)


def test_a_revoked_node_is_not_suspended(network: TestNetwork) -> None:
    network.append(revocation(), *network.quorum)
    with refused(Code.KEY_REVOKED):
        network.append(suspension(), *network.quorum)


def recovery(**changes: object) -> Recovery:
    body = Recovery(node=MK.node, version=2, issued_at=NOW, identity=identity_of("mk new").public, tls_pin=b"n" * 32)
    return replace(body, **changes)  # type: ignore[arg-type]


def test_only_a_known_node_recovers(network: TestNetwork) -> None:
    with refused(Code.UNKNOWN_SENDER):
        network.append(recovery(node=STRANGER), identity_of("mk new"), *network.quorum)


def test_a_recovery_counts_on(network: TestNetwork) -> None:
    with refused(Code.STATEMENT_ORDER):
        network.append(recovery(version=3), identity_of("mk new"), *network.quorum)


def test_a_recovery_brings_a_new_identity(network: TestNetwork) -> None:
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(recovery(identity=identity_of(MK.name).public), identity_of(MK.name), *network.quorum)


def test_a_recovery_takes_no_tls_key_of_another(network: TestNetwork) -> None:
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(recovery(tls_pin=tls_key_of(RS.name).pin), identity_of("mk new"), *network.quorum)


# Charter


def later(network: TestNetwork, **changes: object) -> Charter:
    body = replace(network.charter, version=2, previous=network.directory.charter_id())
    return replace(body, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"version": 3}, {"previous": b"p" * 32}, {"created_at": NOW - 1}])
def test_charters_form_a_chain(network: TestNetwork, change: dict[str, object]) -> None:
    with refused(Code.STATEMENT_ORDER):
        network.append(later(network, **change), *network.quorum)


@pytest.mark.parametrize("change", [{"network_id": b"another network!"}, {"training": False}])
def test_a_charter_stays_with_its_network(network: TestNetwork, change: dict[str, object]) -> None:
    with refused(Code.WRONG_AUDIENCE):
        network.append(later(network, **change), *network.quorum)


def test_the_minimum_suite_never_decreases(network: TestNetwork) -> None:
    state = network.directory._state.copy()
    state.charters[-1] = replace(state.charters[-1], charter=replace(network.charter, minimum_suite=2))
    with refused(Code.DOWNGRADE):
        replace(network.directory, _state=state).extend([network.signed(later(network), *network.quorum)])


def test_a_charter_takes_no_key_of_a_node(network: TestNetwork) -> None:
    body = later(network, hub_identity=network.nodes[RS.node].identity.public)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(body, *network.quorum)


def test_a_charter_takes_no_tls_key_of_a_node(network: TestNetwork) -> None:
    body = later(network, hub_tls_pin=tls_key_of(RS.name).pin)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(body, *network.quorum)


def test_one_key_stands_in_one_place_of_a_charter(network: TestNetwork) -> None:
    body = later(network, hub_identity=network.registrars[0].public)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(body, *network.quorum)


def test_a_witness_key_stays_with_its_name(network: TestNetwork) -> None:
    first, second, third = network.charter.witnesses
    swapped = (replace(first, keys=second.keys), replace(second, keys=first.keys), third)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(later(network, witnesses=swapped), *network.quorum)
