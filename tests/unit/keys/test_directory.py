"""What the directory answers, now and for an earlier size."""

from dataclasses import replace

import pytest

from keys.directory import Directory, Standing
from keys.rotation import Chain
from protocol.charter import DAY, WEEK
from protocol.cose import ed25519_kid, identity_kid, mldsa_kid
from protocol.errors import Code
from protocol.ids import Channel, KeyId, NodeId, PolicyDigest, StatementId
from protocol.merkle import EMPTY_ROOT
from protocol.statement_network import Reason, Revocation, Suspension, Target
from protocol.statement_nodes import Recovery, TlsPins
from tests.simulators.network import (
    AL,
    AUDITOR,
    LOTSE,
    MK,
    NADA,
    NETWORK,
    POLICY,
    RS,
    TestNetwork,
    identity_of,
    tls_key_of,
)
from tests.simulators.party import NOW
from tests.simulators.refusal import refused
from tests.simulators.statements import PERSON, RESTART

POLICE, SYSTEM = Channel("police"), Channel("system")
SOMETIME = NOW + 10 * DAY
NEW = identity_of("mk new")
NEW_PIN = b"n" * 32


def revoke(network: TestNetwork, target: Target = Target.NODE, *ids: bytes) -> int:
    """Revoke something of the contact point of Serbia; return the size before it."""
    before = network.directory.size
    body = Revocation(node=RS.node, issued_at=NOW, target=target, ids=ids, reason=Reason.LOST)
    network.append(body, network.nodes[RS.node].identity)
    return before


def suspend(network: TestNetwork, until: int | None) -> None:
    body = Suspension(node=RS.node, issued_at=NOW, until=until, lift=False, reason=Reason.COMPROMISED)
    network.append(body, *network.quorum)


def recover(network: TestNetwork, **changes: object) -> int:
    before = network.directory.size
    body = Recovery(node=MK.node, version=2, issued_at=NOW, identity=NEW.public, tls_pin=NEW_PIN)
    network.append(replace(body, **changes), NEW, *network.quorum)  # type: ignore[arg-type]
    return before


def test_a_directory_names_its_network(network: TestNetwork) -> None:
    directory = network.directory
    assert directory.network_id == NETWORK
    assert directory.charter == directory.charter_at(1) == network.charter
    assert directory.charter_at(0) is None
    assert directory.charter_id() == network.charter_digest
    assert (directory.size, directory.time) == (len(network.entries), NOW)


def test_roots_of_earlier_sizes_are_known(network: TestNetwork) -> None:
    directory = network.directory
    assert directory.root_at(0) == EMPTY_ROOT
    assert directory.root_at(directory.size) == directory.root
    for size in (-1, directory.size + 1):
        with refused(Code.STALE_DIRECTORY):
            directory.root_at(size)


def test_another_view_is_seen(network: TestNetwork) -> None:
    directory = network.directory
    directory.check_view(3, directory.root_at(3))
    with refused(Code.SPLIT_VIEW):
        directory.check_view(3, directory.root_at(4))
    with refused(Code.STALE_DIRECTORY):
        directory.check_view(directory.size + 1, directory.root)


def test_participants_are_shown_ascending(network: TestNetwork) -> None:
    shown = network.directory.participants()
    assert [each.node for each in shown] == ["auditor", "lotse", "mk.contact", "nada", "rs.contact"]
    assert shown[-1] == network.directory.participant(RS.node)
    assert network.directory.participant(AL.node) is None


def test_a_participant_appears_with_its_enrolment(network: TestNetwork) -> None:
    before = network.directory.size
    network.enrol(AL)
    assert network.directory.participant_at(AL.node, before) is None
    found = network.directory.participant_at(AL.node, before + 1)
    assert found is not None
    assert (found.country, found.channels) == ("AL", AL.joins)


def test_a_changed_entry_leaves_the_earlier_one_as_it_was(network: TestNetwork) -> None:
    before = network.directory.size
    changed = replace(network.enrolment(RS), label="New desk", channels=(POLICE,))
    network.append(changed, *network.quorum)
    now, then = network.directory.participant(RS.node), network.directory.participant_at(RS.node, before)
    assert now is not None
    assert then is not None
    assert (now.label, then.label) == ("New desk", "Desk of rs.contact")
    assert network.directory.version(RS.node) == 2
    assert network.directory.recipient_key(RS.node, SYSTEM, NOW) is None
    assert network.directory.recipient_key(RS.node, POLICE, NOW) is not None


def test_a_suspension_ends_by_itself(network: TestNetwork) -> None:
    before = network.directory.size
    suspend(network, NOW + 3 * DAY)
    assert suspended(network.directory, NOW)
    assert suspended(network.directory, NOW + 3 * DAY - 1)
    assert not suspended(network.directory, NOW + 3 * DAY)
    then = network.directory.participant_at(RS.node, before, NOW)
    assert then is not None
    assert not then.suspended


def test_a_suspension_without_an_end_is_lifted(network: TestNetwork) -> None:
    suspend(network, None)
    assert suspended(network.directory, NOW + 100 * WEEK)
    lift = Suspension(node=RS.node, issued_at=NOW, until=None, lift=True, reason=Reason.ENDED)
    network.append(lift, *network.quorum)
    assert not suspended(network.directory, NOW)


def test_without_a_time_the_directorys_own_counts(network: TestNetwork) -> None:
    suspend(network, NOW + DAY)
    shown = network.directory.participant(RS.node)
    at = network.directory.participant_at(RS.node, network.directory.size)
    assert shown == at
    assert shown is not None
    assert shown.suspended
    assert [each.node for each in network.directory.participants() if each.suspended] == [RS.node]
    assert not any(each.suspended for each in network.directory.participants(NOW + DAY))


def suspended(directory: Directory, at: int) -> bool:
    found = directory.participant(RS.node, at)
    assert found is not None
    return found.suspended


def test_the_key_of_the_week_is_found(network: TestNetwork) -> None:
    directory = network.directory
    keys = directory.recipient_keys(RS.node, POLICE)
    assert len(keys) == 5
    for key in keys:
        assert directory.recipient_key(RS.node, POLICE, key.not_before) == key
        assert directory.recipient_key(RS.node, POLICE, key.not_after - 1) == key
        assert directory.find_key(key.key_id) == key
        assert not directory.is_key_revoked(key.key_id)
    assert directory.recipient_key(RS.node, POLICE, keys[0].not_before - 1) is None
    assert directory.recipient_key(RS.node, POLICE, keys[-1].not_after) is None
    assert directory.recipient_key(RS.node, Channel("rogatory"), NOW) is None
    assert directory.recipient_keys(AL.node, POLICE) == ()


def test_an_unknown_key_counts_as_revoked(network: TestNetwork) -> None:
    unknown = KeyId(b"k" * 32)
    assert network.directory.is_key_revoked(unknown)
    assert network.directory.find_key(unknown) is None
    with refused(Code.KEY_NOT_IN_LOG):
        network.directory.check_key_at(unknown, network.directory.size, NOW)


def test_a_key_is_judged_at_a_size_and_time(network: TestNetwork) -> None:
    network.enrol(AL)
    before = network.directory.size
    network.publish(AL.node)
    key = network.directory.recipient_keys(AL.node, POLICE)[0]
    after = network.directory.size
    assert network.directory.check_key_at(key.key_id, after, NOW) == key
    assert network.directory.key_valid_at(key.key_id, after, NOW)
    with refused(Code.KEY_NOT_IN_LOG):
        network.directory.check_key_at(key.key_id, before, NOW)
    for time in (key.not_before - 1, key.not_after):
        assert not network.directory.key_valid_at(key.key_id, after, time)
        with refused(Code.KEY_NOT_VALID_AT_TIME):
            network.directory.check_key_at(key.key_id, after, time)


def test_a_revoked_key_was_valid_before(network: TestNetwork) -> None:
    first, second, *_ = network.directory.recipient_keys(RS.node, POLICE)
    before = revoke(network, Target.KEYS, first.key_id)
    directory = network.directory
    assert directory.is_key_revoked(first.key_id)
    assert not directory.is_key_revoked(second.key_id)
    assert directory.recipient_key(RS.node, POLICE, NOW) is None
    assert directory.recipient_key(RS.node, POLICE, NOW + WEEK) == second
    assert directory.check_key_at(first.key_id, before, NOW) == first
    with refused(Code.KEY_REVOKED):
        directory.check_key_at(first.key_id, before + 1, NOW)


def test_a_revoked_node_loses_everything(network: TestNetwork) -> None:
    network.append(PERSON, network.nodes[RS.node].identity, identity_of("a person"))
    network.append(
        replace(PERSON, node=MK.node, identity=identity_of("else").public),
        network.nodes[MK.node].identity,
        identity_of("else"),
    )
    keys = network.directory.recipient_keys(RS.node, POLICE)
    before = revoke(network)
    directory = network.directory
    found = directory.participant(RS.node)
    assert found is not None
    assert found.revoked
    assert directory.signing_identity(RS.node) is None
    assert directory.signing_identity_at(RS.node, before) == identity_of(RS.name).public
    assert directory.node_by_tls_pin(tls_key_of(RS.name).pin) is None
    assert all(directory.is_key_revoked(each.key_id) for each in keys)
    assert directory.person_key(identity_kid(PERSON.identity)) is None
    assert directory.person_key(identity_kid(identity_of("else").public)) is not None


def test_a_recovery_replaces_identity_pin_and_keys(network: TestNetwork) -> None:
    old = identity_of(MK.name).public
    keys = network.directory.recipient_keys(MK.node, POLICE)
    before = recover(network)
    directory = network.directory
    assert directory.signing_identity(MK.node) == NEW.public
    assert directory.signing_identity_at(MK.node, before) == old
    assert (
        directory.identity_by_kid(identity_kid(old)) == directory.identity_by_kid(identity_kid(NEW.public)) == MK.node
    )
    assert directory.node_by_tls_pin(NEW_PIN) == MK.node
    assert directory.node_by_tls_pin(tls_key_of(MK.name).pin) is None
    assert directory.recipient_keys(MK.node, POLICE) == ()
    assert all(directory.is_key_revoked(each.key_id) for each in keys)
    assert directory.chain(MK.node).sequence == 1


def test_a_recovery_brings_a_revoked_node_back(network: TestNetwork) -> None:
    body = Revocation(node=MK.node, issued_at=NOW, target=Target.NODE, ids=(), reason=Reason.COMPROMISED)
    network.append(body, *network.quorum)
    recover(network)
    found = network.directory.participant(MK.node)
    assert found is not None
    assert not found.revoked
    assert network.directory.signing_identity(MK.node) == NEW.public


def test_an_identity_is_found_by_each_half_and_by_the_pair(network: TestNetwork) -> None:
    public = identity_of(NADA.name).public
    for kid in (ed25519_kid(public.ed25519), mldsa_kid(public.mldsa65), identity_kid(public)):
        assert network.directory.identity_by_kid(kid) == NADA.node
    assert network.directory.identity_by_kid(b"k" * 32) is None
    assert network.directory.identity_by_kid(identity_kid(network.hub.public)) is None


def test_a_node_is_found_by_its_tls_keys(network: TestNetwork) -> None:
    old, new, identity = tls_key_of(RS.name).pin, NEW_PIN, network.nodes[RS.node].identity
    assert network.directory.node_by_tls_pin(old) == RS.node
    assert network.directory.node_by_tls_pin(network.charter.hub_tls_pin) is None
    assert network.directory.node_by_tls_pin(new) is None
    network.append(TlsPins(node=RS.node, issued_at=NOW, pins=(new, old)), identity)
    assert network.directory.node_by_tls_pin(old) == network.directory.node_by_tls_pin(new) == RS.node
    assert network.directory.tls_pins(RS.node) == (new, old)
    assert network.directory.tls_pins(NodeId("nobody")) == ()
    found = network.directory.participant(RS.node)
    assert found is not None
    assert found.tls_pin == new
    network.append(TlsPins(node=RS.node, issued_at=NOW + 1, pins=(new,)), identity)
    assert network.directory.node_by_tls_pin(old) is None


def test_an_enrolment_keeps_or_replaces_tls_keys(network: TestNetwork) -> None:
    old, identity = tls_key_of(RS.name).pin, network.nodes[RS.node].identity
    network.append(TlsPins(node=RS.node, issued_at=NOW, pins=(NEW_PIN, old)), identity)
    network.append(network.enrolment(RS), *network.quorum)
    assert network.directory.node_by_tls_pin(old) == network.directory.node_by_tls_pin(NEW_PIN) == RS.node
    network.append(replace(network.enrolment(RS), tls_pin=b"o" * 32), *network.quorum)
    assert network.directory.node_by_tls_pin(old) is None
    assert network.directory.node_by_tls_pin(b"o" * 32) == RS.node


def test_agreements_are_found_between_two_in_either_order(network: TestNetwork) -> None:
    directory, id_ = network.directory, network.agreements[MK.node, RS.node, POLICE]
    (found,) = directory.agreements_between(RS.node, MK.node, POLICE, NOW)
    assert (found,) == directory.agreements_between(MK.node, RS.node, POLICE, NOW)
    assert found == directory.agreement(id_)
    assert found in directory.agreements()
    assert directory.agreements_between(RS.node, MK.node, SYSTEM, NOW) == ()
    assert directory.agreements_between(RS.node, LOTSE.node, POLICE, NOW) == ()
    assert directory.agreements_between(RS.node, MK.node, POLICE, found.valid_from - 1) == ()
    assert directory.agreement(StatementId(b"x" * 32)) is None


def test_an_agreement_ends_with_its_date(network: TestNetwork) -> None:
    network.agree(RS.node, MK.node, SYSTEM, valid_until=NOW + DAY)
    assert network.directory.agreements_between(RS.node, MK.node, SYSTEM, NOW + DAY - 1)
    assert not network.directory.agreements_between(RS.node, MK.node, SYSTEM, NOW + DAY)


def test_an_agreement_ends_by_revocation(network: TestNetwork) -> None:
    id_ = network.agreements[MK.node, RS.node, POLICE]
    before = revoke(network, Target.AGREEMENT, id_)
    assert network.directory.agreement(id_) is None
    assert network.directory.agreement_at(id_, before) is not None
    assert network.directory.agreements_between(RS.node, MK.node, POLICE, NOW) == ()
    assert id_ not in {each.id for each in network.directory.agreements()}


def test_the_policy_in_force_and_the_one_before(network: TestNetwork) -> None:
    before, following = network.directory.size, PolicyDigest(b"f" * 32)
    network.activate(following, emergency=True)
    now, then = network.directory.policy(), network.directory.policy_at(before)
    assert now is not None
    assert then is not None
    assert (now.active, now.previous, now.emergency) == (following, POLICY, True)
    assert (then.active, then.previous) == (POLICY, None)
    assert network.directory.policy_at(1) is None


def test_a_personal_key_stands_until_it_is_revoked(network: TestNetwork) -> None:
    person = identity_of("a person")
    network.append(PERSON, network.nodes[RS.node].identity, person)
    kid, half = identity_kid(person.public), ed25519_kid(person.public.ed25519)
    found = network.directory.person_key(kid)
    assert found is not None
    assert (found.node, found.person, found.role) == (RS.node, PERSON.person, "issuer")
    before = revoke(network, Target.PERSON, kid)
    assert network.directory.person_key(kid) is None
    assert network.directory.person_key_at(kid, before) == found
    assert network.directory.person_by_signing_key(half) == found
    assert network.directory.person_by_signing_key(kid) is None
    assert network.directory.identity_by_kid(kid) is None


def test_restarts_are_kept(network: TestNetwork) -> None:
    assert network.directory.restarts() == ()
    network.append(RESTART, *network.quorum)
    assert network.directory.restarts() == (RESTART,)
    (record,) = network.directory.restart_records()
    assert (record.restart, record.since) == (RESTART, network.directory.size)


def test_an_unknown_statement_is_not_found(network: TestNetwork) -> None:
    unknown = StatementId(b"x" * 32)
    assert network.directory.standing(unknown) is Standing.UNKNOWN
    with refused(Code.NOT_FOUND):
        network.directory.check_in_force(unknown)


@pytest.mark.parametrize("node", [AL.node, NodeId("nobody")])
def test_an_unknown_node_has_nothing(network: TestNetwork, node: NodeId) -> None:
    directory = network.directory
    assert directory.signing_identity(node) is None
    assert directory.capability(node) is None
    assert directory.version(node) == 0
    assert directory.chain(node) == Chain()


def test_a_known_node_has_a_capability_and_a_chain(network: TestNetwork) -> None:
    capability = network.directory.capability(AUDITOR.node)
    assert capability is not None
    assert capability.wire == 1
    chain = network.directory.chain(AUDITOR.node)
    assert chain.last is not None
    assert network.directory.standing(chain.last) is Standing.IN_FORCE


def test_a_later_charter_takes_over(network: TestNetwork) -> None:
    before = network.directory.size
    later = replace(network.charter, version=2, previous=network.directory.charter_id(), threshold=3)
    id_ = network.append(later, *network.quorum)
    assert network.directory.charter == later
    assert network.directory.charter_id() == id_
    assert network.directory.charter_at(before) == network.charter
