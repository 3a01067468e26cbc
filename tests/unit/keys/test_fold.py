"""The fold: when a statement takes effect, whose signatures count, and that nothing else gets in."""

from dataclasses import replace

from keys.directory import Directory, Standing, check_entry
from keys.fold import NODE_QUOTA, QUOTA
from protocol.charter import DAY
from protocol.errors import Code
from protocol.ids import Channel, PolicyDigest, StatementId
from protocol.merkle import leaf_hash, root_from
from protocol.statement_network import PolicyChange, Reason, Revocation, Target
from protocol.statement_nodes import Capability
from protocol.statements import encode_entry, encode_statement, sign_statement, statement_id
from tests.simulators.network import MK, RS, TestNetwork, charter_digest_of, identity_of
from tests.simulators.party import NETWORK, NOW, CountingEntropy
from tests.simulators.refusal import refused
from tests.simulators.statements import AGREEMENT

FOUNDED = TestNetwork.founded(lambda: NOW, CountingEntropy())
NEXT = PolicyDigest(b"n" * 32)


def policy(**changes: object) -> PolicyChange:
    fields: dict[str, object] = {"digest": NEXT, "issued_at": NOW, "activated_at": NOW, "emergency": False}
    return PolicyChange(**(fields | changes))  # type: ignore[arg-type]


def founding(*signers: object) -> bytes:
    return encode_entry([sign_statement(FOUNDED.charter, each, NETWORK) for each in signers])  # type: ignore[arg-type]


def test_a_network_starts_with_its_pinned_charter() -> None:
    directory = Directory.start(FOUNDED.charter_entry, FOUNDED.charter_digest)
    assert (directory.size, directory.charter) == (1, FOUNDED.charter)
    assert directory.root == root_from([leaf_hash(FOUNDED.charter_entry)])


def test_another_charter_than_the_pinned_one_is_refused() -> None:
    with refused(Code.ROOT_MISMATCH):
        Directory.start(FOUNDED.charter_entry, b"p" * 32)


def test_a_first_entry_that_is_no_charter_is_refused() -> None:
    raw = FOUNDED.signed(policy(), *FOUNDED.quorum)
    with refused(Code.ROOT_MISMATCH):
        Directory.start(raw, statement_id(encode_statement(policy())))


def test_a_later_charter_cannot_found_a_network() -> None:
    later = TestNetwork.founded(lambda: NOW, CountingEntropy()).charter
    later = replace(later, version=2, previous=StatementId(b"p" * 32))
    raw = encode_entry([sign_statement(later, each, NETWORK) for each in (*FOUNDED.registrars, FOUNDED.hub)])
    with refused(Code.MALFORMED):
        Directory.start(raw, charter_digest_of(later))


def test_all_registrars_found_a_network() -> None:
    with refused(Code.QUORUM):
        Directory.start(founding(*FOUNDED.registrars[:2], FOUNDED.hub), FOUNDED.charter_digest)


def test_the_hub_proves_possession_of_its_key() -> None:
    with refused(Code.KEY_POP):
        Directory.start(founding(*FOUNDED.registrars), FOUNDED.charter_digest)


def test_a_stranger_signs_no_charter() -> None:
    with refused(Code.UNKNOWN_KEY):
        Directory.start(founding(*FOUNDED.registrars, FOUNDED.hub, identity_of("eve")), FOUNDED.charter_digest)


def test_a_statement_takes_effect_at_the_entry_that_completes_it(network: TestNetwork) -> None:
    before = network.directory.size
    first, second, _ = network.registrars
    id_ = network.append(policy(), first)
    assert network.directory.standing(id_) is Standing.PENDING
    assert network.append(policy(), second) == id_
    assert network.directory.check_in_force(id_) == before + 2
    found = network.directory.policy()
    assert found is not None
    assert found.active == NEXT
    earlier = network.directory.policy_at(before + 1)
    assert earlier is not None
    assert earlier.active != NEXT


def test_what_waits_can_be_seen_with_what_it_lacks(network: TestNetwork) -> None:
    id_ = network.append(policy(), network.registrars[0])
    assert network.directory.pending() == ((id_, policy(), 1),)
    with refused(Code.QUORUM):
        network.directory.check_in_force(id_)


def test_a_second_entry_must_bring_a_new_signer(network: TestNetwork) -> None:
    network.append(policy(), network.registrars[0])
    with refused(Code.STATEMENT_ORDER):
        network.append(policy(), network.registrars[0])


def test_a_statement_in_force_is_not_taken_again(network: TestNetwork) -> None:
    network.append(policy(), *network.quorum)
    with refused(Code.STATEMENT_ORDER):
        network.append(policy(), *network.registrars)


def test_a_signature_for_another_network_is_refused(network: TestNetwork) -> None:
    raw = encode_entry([sign_statement(policy(), each, b"another network!") for each in network.quorum])
    with refused(Code.BAD_SIGNATURE):
        network.directory.extend([raw])


def test_a_known_party_without_a_say_is_not_permitted(network: TestNetwork) -> None:
    with refused(Code.NOT_PERMITTED):
        network.append(policy(), *network.quorum, network.nodes[RS.node].identity)
    with refused(Code.NOT_PERMITTED):
        network.append(policy(), network.hub)


def test_a_revoked_node_has_no_say_in_anything(network: TestNetwork) -> None:
    identity = network.nodes[RS.node].identity
    body = Revocation(node=RS.node, issued_at=NOW, target=Target.NODE, ids=(), reason=Reason.LEFT)
    network.append(body, identity)
    with refused(Code.KEY_REVOKED):
        network.append(policy(), *network.quorum, identity)


def test_a_stranger_is_unknown(network: TestNetwork) -> None:
    with refused(Code.UNKNOWN_KEY):
        network.append(policy(), identity_of("eve"))


def test_a_registrar_that_lost_its_office_no_longer_counts(network: TestNetwork) -> None:
    first, second, third = network.registrars
    id_ = network.append(policy(), third)
    directory = network.directory
    charter = replace(
        network.charter, version=2, previous=directory.charter_id(), registrars=network.charter.registrars[:2]
    )
    network.append(charter, first, second)
    network.append(policy(), first)
    assert network.directory.standing(id_) is Standing.PENDING
    network.append(policy(), second)
    assert network.directory.standing(id_) is Standing.IN_FORCE


def test_a_fault_in_a_batch_refuses_all_of_it(network: TestNetwork) -> None:
    good, bad = network.signed(policy(), *network.quorum), network.signed(policy(), identity_of("eve"))
    before = network.directory
    with refused(Code.STATEMENT_ORDER, Code.UNKNOWN_KEY):
        before.extend([good, bad])
    assert before == network.fork().directory
    assert before.policy() != before.extend([good]).policy()


def test_checking_changes_nothing(network: TestNetwork) -> None:
    raw = network.signed(policy(), *network.quorum)
    before = network.directory
    assert check_entry(before, raw).body == policy()
    assert before == Directory.start(network.entries[0], network.charter_digest).extend(network.entries[1:])


def test_roots_are_those_of_the_log(network: TestNetwork) -> None:
    hashes = [leaf_hash(raw) for raw in network.entries]
    for size in range(network.directory.size + 1):
        assert network.directory.root_at(size) == root_from(hashes[:size])


def test_a_node_has_a_quota_for_a_day(network: TestNetwork) -> None:
    bodies = [Capability(node=RS.node, issued_at=NOW + more, wire=1, suite=1, types=()) for more in (1, 2, DAY)]
    entries = [network.signed(body, network.nodes[RS.node].identity) for body in bodies]
    almost = used(network, entries[0], NODE_QUOTA - 1).extend(entries[:1])
    with refused(Code.QUOTA):
        almost.extend([entries[1]])
    assert almost.extend([entries[2]]).capability(RS.node) == bodies[2]


def test_a_registrar_has_a_larger_quota(network: TestNetwork) -> None:
    first, second = (network.signed(policy(activated_at=NOW + more), network.registrars[0]) for more in (1, 2))
    almost = used(network, first, QUOTA - 1).extend([first])
    with refused(Code.QUOTA):
        almost.extend([second])


def used(network: TestNetwork, raw: bytes, count: int) -> Directory:
    """The directory after the entry's signer has made that many statements today."""
    state = network.directory._state.copy()
    state.used[check_entry(network.directory, raw).signatures[0].ed_kid, NOW // DAY] = count
    return Directory(state)


def test_an_agreement_is_in_force_at_the_second_signature(network: TestNetwork) -> None:
    terms = replace(AGREEMENT, channel=Channel("statistics"))
    id_ = network.append(terms, network.nodes[RS.node].identity)
    assert network.directory.agreement(id_) is None
    network.append(terms, network.nodes[MK.node].identity)
    agreement = network.directory.agreement(id_)
    assert agreement is not None
    assert agreement.id == id_
