"""No key is bound twice in the life of a network: not by another, not after its end, not in another role."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from protocol.charter import DAY, WEEK
from protocol.errors import Code
from protocol.ids import Channel, NodeId
from protocol.ports import IdentityPublic
from protocol.statement_network import Reason, Revocation, Target
from protocol.statement_nodes import IdentityChange, KeyPublication, PersonBinding, PublishedKey, Recovery, TlsPins
from tests.simulators.network import AL, MK, NADA, RS, TestNetwork, identity_of, log_signer_of, tls_key_of
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused
from tests.simulators.statements import PERSON

POLICE = Channel("police")


@pytest.fixture(scope="module")
def founded() -> TestNetwork:
    return TestNetwork.small(lambda: NOW, CountingEntropy(), members=(RS, MK, NADA))


@pytest.fixture
def network(founded: TestNetwork) -> TestNetwork:
    return founded.fork()


def revoke(network: TestNetwork, node: NodeId, target: Target = Target.NODE, *ids: bytes) -> None:
    body = Revocation(node=node, issued_at=NOW, target=target, ids=tuple(sorted(ids)), reason=Reason.COMPROMISED)
    network.append(body, *network.quorum)


def change(node: NodeId, identity: IdentityPublic, version: int = 2) -> IdentityChange:
    return IdentityChange(node=node, version=version, issued_at=NOW, identity=identity)


def publication(network: TestNetwork, node: NodeId, key: PublishedKey) -> KeyPublication:
    chain = network.directory.chain(node)
    return KeyPublication(
        node=node, issued_at=NOW + WEEK, sequence=chain.sequence + 1, previous=chain.last, keys=(key,)
    )


OWNED: dict[str, Callable[[], IdentityPublic]] = {
    "another node": lambda: identity_of(MK.name).public,
    "a registrar": lambda: identity_of("registrar 0").public,
    "the hub": lambda: identity_of("hub").public,
    "the hub's checkpoint key": lambda: replace(identity_of("fresh").public, ed25519=log_signer_of("hub").keys.ed25519),
    "half of another node": lambda: replace(identity_of("fresh").public, mldsa65=identity_of(MK.name).public.mldsa65),
}


@pytest.mark.parametrize("owner", OWNED)
def test_attack_066_a_new_identity_that_is_somebody_elses(network: TestNetwork, owner: str) -> None:
    """Whoever could sign with it: the binding is refused before possession is asked for."""
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(change(RS.node, OWNED[owner]()), identity_of(RS.name), identity_of(MK.name))


def test_attack_066_the_identity_of_a_node_that_was_revoked(network: TestNetwork) -> None:
    revoke(network, MK.node)
    stolen = replace(network.enrolment(AL), identity=identity_of(MK.name).public)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(stolen, identity_of(MK.name), *network.quorum)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(change(RS.node, identity_of(MK.name).public), identity_of(RS.name), identity_of(MK.name))
    recovery = Recovery(node=MK.node, version=2, issued_at=NOW, identity=identity_of(MK.name).public, tls_pin=b"n" * 32)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(recovery, identity_of(MK.name), *network.quorum)


def test_attack_066_a_recipient_key_that_was_revoked(network: TestNetwork) -> None:
    spent = network.directory.recipient_keys(MK.node, POLICE)[4]
    revoke(network, MK.node, Target.KEYS, spent.key_id)
    window = (NOW + 5 * WEEK, NOW + 6 * WEEK)
    for node, name in ((MK.node, MK.name), (RS.node, RS.name)):
        body = publication(network, node, PublishedKey(POLICE, spent.public_key, *window))
        with refused(Code.KEY_ALREADY_BOUND):
            network.append(body, identity_of(name))


def test_attack_066_a_tls_key_of_another_node_or_of_one_that_left(network: TestNetwork) -> None:
    pins = TlsPins(node=RS.node, issued_at=NOW, pins=(tls_key_of(RS.name).pin, tls_key_of(MK.name).pin))
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(pins, identity_of(RS.name))
    revoke(network, MK.node)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(pins, identity_of(RS.name))


def test_attack_066_a_personal_key_that_was_revoked(network: TestNetwork) -> None:
    from protocol.cose import identity_kid

    person, key = PERSON, identity_of("a person")
    network.append(person, identity_of(RS.name), key)
    revoke(network, RS.node, Target.PERSON, identity_kid(key.public))
    again: PersonBinding = replace(person, node=MK.node)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(again, identity_of(MK.name), key)


def test_attack_065_new_signing_keys_without_proof_of_possession(network: TestNetwork) -> None:
    with refused(Code.KEY_POP):
        network.append(change(RS.node, identity_of("fresh").public), identity_of(RS.name))


def test_attack_064_new_signing_keys_by_somebody_with_the_new_keys_only(network: TestNetwork) -> None:
    network.append(change(RS.node, identity_of("fresh").public), identity_of("fresh"))
    assert network.directory.signing_identity(RS.node) == identity_of(RS.name).public


def test_attack_042_the_keys_before_a_change_say_nothing_any_more(network: TestNetwork) -> None:
    fresh = identity_of("fresh")
    before = network.directory.size
    network.append(change(RS.node, fresh.public), identity_of(RS.name), fresh)
    dated_back = replace(change(RS.node, identity_of("eve").public, 3), issued_at=NOW - DAY)
    with refused(Code.KEY_REVOKED):
        network.append(dated_back, identity_of(RS.name), identity_of("eve"))
    assert network.directory.signing_identity_at(RS.node, before) == identity_of(RS.name).public
