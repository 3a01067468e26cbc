"""A node replaces its own signing keys: both sign, nothing else of the node changes, and the old keys are spent."""

from dataclasses import replace

import pytest

from keys.directory import Standing
from keys.signers import Group, Rule, signing_nodes
from protocol.charter import DAY
from protocol.errors import Code
from protocol.ids import Channel, NodeId
from protocol.statement_network import Reason, Revocation, Suspension, Target
from protocol.statement_nodes import Capability, IdentityChange
from tests.simulators.network import MK, RS, TestNetwork, identity_of
from tests.simulators.party import NOW
from tests.simulators.refusal import refused

OLD, NEW = identity_of(RS.name), identity_of("rs next")
CHANGE = IdentityChange(node=RS.node, version=2, issued_at=NOW, identity=NEW.public)


def capability() -> Capability:
    return Capability(node=RS.node, issued_at=NOW + 1, wire=1, suite=1, types=())


def test_the_node_and_its_new_keys_sign(network: TestNetwork) -> None:
    assert network.directory.rule_for(CHANGE) == Rule((Group((OLD.public,), 1),), (NEW.public,))
    assert signing_nodes(CHANGE) == (RS.node,)


def test_only_the_signing_keys_change(network: TestNetwork) -> None:
    before, size = network.participant(RS.node), network.directory.size
    keys = network.directory.recipient_keys(RS.node, Channel("police"))
    network.append(CHANGE, OLD, NEW)
    directory = network.directory
    assert network.participant(RS.node) == replace(before, identity=NEW.public)
    assert directory.recipient_keys(RS.node, Channel("police")) == keys
    assert directory.node_by_tls_pin(before.tls_pin) == RS.node
    assert directory.version(RS.node) == 2
    assert directory.signing_identity_at(RS.node, size) == OLD.public
    assert directory.signing_identity(RS.node) == NEW.public


def test_from_then_on_the_new_keys_sign_and_the_old_ones_do_not(network: TestNetwork) -> None:
    network.append(CHANGE, OLD, NEW)
    with refused(Code.KEY_REVOKED):
        network.append(capability(), OLD)
    network.append(capability(), NEW)


def test_the_signatures_may_come_one_after_the_other(network: TestNetwork) -> None:
    id_ = network.append(CHANGE, NEW)
    assert network.directory.standing(id_) is Standing.PENDING
    assert network.directory.signing_identity(RS.node) == OLD.public
    network.append(CHANGE, OLD)
    assert network.directory.signing_identity(RS.node) == NEW.public


@pytest.mark.parametrize(
    ("signers", "code"), [((OLD,), Code.KEY_POP), ((identity_of(MK.name), NEW), Code.NOT_PERMITTED)]
)
def test_neither_half_is_enough_and_nobody_else_can(
    network: TestNetwork, signers: tuple[object, ...], code: Code
) -> None:
    with refused(code):
        network.append(CHANGE, *signers)  # type: ignore[arg-type]


def test_registrars_do_not_change_a_nodes_keys_this_way(network: TestNetwork) -> None:
    with refused(Code.NOT_PERMITTED):
        network.append(CHANGE, NEW, *network.quorum)


def test_versions_count_on(network: TestNetwork) -> None:
    for version in (3, 9):
        with refused(Code.STATEMENT_ORDER):
            network.append(replace(CHANGE, version=version), OLD, NEW)


def test_an_unknown_a_revoked_and_a_suspended_node_change_nothing(network: TestNetwork) -> None:
    with refused(Code.UNKNOWN_SENDER):
        network.append(replace(CHANGE, node=NodeId("nobody")), OLD, NEW)
    other = network.fork()
    other.append(
        Suspension(node=RS.node, issued_at=NOW, until=NOW + DAY, lift=False, reason=Reason.COMPROMISED),
        other.registrars[0],
    )
    with refused(Code.NODE_SUSPENDED):
        other.append(CHANGE, OLD, NEW)
    network.append(
        Revocation(node=RS.node, issued_at=NOW, target=Target.NODE, ids=(), reason=Reason.LEFT), *network.quorum
    )
    with refused(Code.KEY_REVOKED):
        network.append(CHANGE, OLD, NEW)


def test_keys_once_spent_never_come_back(network: TestNetwork) -> None:
    network.append(CHANGE, OLD, NEW)
    for spent in (OLD, NEW):
        with refused(Code.KEY_ALREADY_BOUND):
            network.append(replace(CHANGE, version=3, identity=spent.public), *{NEW, spent})
