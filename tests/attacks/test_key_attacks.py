"""Attacks on keys, statements and the directory, by their number in the attack catalogue."""

from dataclasses import replace
from pathlib import Path

import pytest

from keys.ceremony import create_secrets
from keys.directory import Standing
from keys.fold import NODE_QUOTA
from keys.keystore import create_keystore, load_keystore
from keys.private_keys import Role, public_part
from keys.recipient_ring import RecipientRing, RecipientSeed
from keys.rotation import due_for_erasure
from keys.sealed_store import MINIMUM, open_secrets
from protocol.cbor import Item, Tagged, decode, encode
from protocol.charter import DAY, WEEK
from protocol.cose import parse as parse_signed
from protocol.cose import sign, verify
from protocol.domains import MESSAGE, STATEMENT
from protocol.errors import Code
from protocol.ids import Channel, NodeId
from protocol.limits import MAX_STATEMENT
from protocol.ports import IdentityPublic
from protocol.statement_network import Reason, Revocation, Target
from protocol.statement_nodes import Capability, KeyPublication, PersonBinding, PublishedKey, Recovery
from protocol.statements import encode_entry, encode_statement, sign_statement
from protocol.wrap import parse_wrap, seal_wrap, wrap_info
from tests.simulators.network import AL, MK, RS, TestNetwork, identity_of, recipient_seed_of
from tests.simulators.party import NETWORK, NOW, CountingEntropy
from tests.simulators.refusal import refused
from tests.simulators.statements import PERSON

POLICE = Channel("police")
PASSPHRASE = b"correct horse battery"
CORE = b"core"


@pytest.fixture(scope="module")
def founded() -> TestNetwork:
    return TestNetwork.small(lambda: NOW, CountingEntropy(), members=(RS, MK))


@pytest.fixture
def network(founded: TestNetwork) -> TestNetwork:
    return founded.fork()


def revoked(network: TestNetwork, node: NodeId, target: Target = Target.NODE, *ids: bytes) -> int:
    """Revoke a node or some of its keys at the registrars' word; return the directory size before it."""
    before = network.directory.size
    body = Revocation(node=node, issued_at=NOW, target=target, ids=ids, reason=Reason.COMPROMISED)
    network.append(body, *network.quorum)
    return before


def capability(network: TestNetwork, **changes: object) -> Capability:
    body = Capability(node=RS.node, issued_at=network.clock() + 1, wire=1, suite=1, types=())
    return replace(body, **changes)  # type: ignore[arg-type]


def next_keys(network: TestNetwork, *keys: PublishedKey, **changes: object) -> KeyPublication:
    chain = network.directory.chain(RS.node)
    body = KeyPublication(
        node=RS.node, issued_at=NOW + WEEK, sequence=chain.sequence + 1, previous=chain.last, keys=keys
    )
    return replace(body, **changes)  # type: ignore[arg-type]


def fresh_key(start: int = NOW + 5 * WEEK, name: str = "fresh") -> PublishedKey:
    window = (start, start + WEEK)
    return PublishedKey(POLICE, recipient_seed_of(name, POLICE, window).public_key, *window)


def seal(seed: RecipientSeed) -> tuple[bytes, bytes]:
    """Return what is sealed to a key, and the info it opens with."""
    wrap = parse_wrap(seal_wrap(bytes(64), seed.public_key, seed.key_id, CORE, RS.node))
    return wrap.sealed, wrap_info(CORE, RS.node, wrap.protected)


def test_attack_014_a_key_that_is_not_in_the_log(network: TestNetwork) -> None:
    served = recipient_seed_of("hub", POLICE, (NOW, NOW + WEEK))
    with refused(Code.KEY_NOT_IN_LOG):
        network.directory.check_key_at(served.key_id, network.directory.size, NOW)


def test_attack_015_two_views_of_one_directory(network: TestNetwork) -> None:
    other = network.fork()
    network.append(capability(network), identity_of(RS.name))
    other.append(capability(other, wire=2), identity_of(RS.name))
    with refused(Code.SPLIT_VIEW):
        network.directory.check_view(other.directory.size, other.directory.root)


def test_attack_041_a_recipient_key_outside_its_window(network: TestNetwork) -> None:
    key = network.directory.recipient_keys(RS.node, POLICE)[1]
    for time in (key.not_before - 1, key.not_after):
        with refused(Code.KEY_NOT_VALID_AT_TIME):
            network.directory.check_key_at(key.key_id, network.directory.size, time)


def test_attack_041_a_recipient_key_already_revoked(network: TestNetwork) -> None:
    key = network.directory.recipient_keys(RS.node, POLICE)[0]
    before = revoked(network, RS.node, Target.KEYS, key.key_id)
    assert network.directory.check_key_at(key.key_id, before, NOW) == key
    with refused(Code.KEY_REVOKED):
        network.directory.check_key_at(key.key_id, before + 1, NOW)


def test_attack_042_a_signing_key_that_was_replaced(network: TestNetwork) -> None:
    old, new = identity_of(RS.name), identity_of("rs new")
    before = network.directory.size
    recovery = Recovery(node=RS.node, version=2, issued_at=NOW, identity=new.public, tls_pin=b"n" * 32)
    network.append(recovery, new, *network.quorum)
    raw = sign_statement(capability(network), old, NETWORK)
    now, then = (network.directory.signing_identity_at(RS.node, size) for size in (before + 1, before))
    assert then == old.public
    assert now is not None
    with refused(Code.UNKNOWN_KEY):
        verify(parse_signed(raw, MAX_STATEMENT), now, STATEMENT, NETWORK)
    with refused(Code.KEY_REVOKED):
        network.directory.extend([encode_entry([raw])])


def test_attack_032_a_message_signature_as_a_statement(network: TestNetwork) -> None:
    raw = sign(identity_of(RS.name), MESSAGE, NETWORK, encode_statement(capability(network)))
    with refused(Code.BAD_SIGNATURE):
        network.directory.extend([encode_entry([raw])])


def test_attack_064_keys_signed_by_a_stolen_ed25519_key_alone(network: TestNetwork) -> None:
    raw = sign_statement(next_keys(network, fresh_key()), identity_of(RS.name), NETWORK)
    tagged = decode(raw)
    assert isinstance(tagged, Tagged)
    *head, signatures = tagged.value  # type: ignore[misc]
    half = encode(Tagged(98, [*head, signatures[:1]]))  # type: ignore[index]
    with refused(Code.MISSING_SIGNATURE):
        encode_entry([half])
    whole: list[Item] = decode(encode_entry([raw]))  # type: ignore[assignment]
    row = whole[1][0]  # type: ignore[index]
    with refused(Code.MISSING_SIGNATURE):
        network.directory.extend([encode([whole[0], [row[:2]]])])  # type: ignore[index]


def test_attack_064_a_stolen_ed25519_key_beside_another_lattice_key(network: TestNetwork) -> None:
    class Mixed:
        public = IdentityPublic(identity_of(RS.name).public.ed25519, identity_of("eve").public.mldsa65)
        sign_ed25519 = identity_of(RS.name).sign_ed25519
        sign_mldsa65 = identity_of("eve").sign_mldsa65

    with refused(Code.UNKNOWN_KEY):
        network.append(next_keys(network, fresh_key()), Mixed())  # type: ignore[arg-type]


def test_attack_065_no_proof_of_possession(network: TestNetwork) -> None:
    enrolment = network.enrolment(AL)
    with refused(Code.KEY_POP):
        network.append(enrolment, *network.quorum)
    recovery = Recovery(node=RS.node, version=2, issued_at=NOW, identity=identity_of("new").public, tls_pin=b"n" * 32)
    with refused(Code.KEY_POP):
        network.append(recovery, *network.quorum)
    with refused(Code.KEY_POP):
        network.append(PERSON, identity_of(RS.name))


def test_attack_066_another_nodes_identity(network: TestNetwork) -> None:
    stolen = replace(network.enrolment(AL), identity=identity_of(RS.name).public)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(stolen, identity_of(RS.name), *network.quorum)
    mixed = IdentityPublic(identity_of(AL.name).public.ed25519, identity_of(RS.name).public.mldsa65)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(replace(stolen, identity=mixed), identity_of(AL.name), *network.quorum)


def test_attack_066_another_nodes_recipient_key(network: TestNetwork) -> None:
    theirs = network.directory.recipient_keys(MK.node, POLICE)[4]
    copied = PublishedKey(POLICE, theirs.public_key, NOW + 5 * WEEK, NOW + 6 * WEEK)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(next_keys(network, copied), identity_of(RS.name))


def test_attack_066_a_node_key_as_a_personal_key(network: TestNetwork) -> None:
    body: PersonBinding = replace(PERSON, identity=identity_of(MK.name).public)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(body, identity_of(RS.name), identity_of(MK.name))


@pytest.mark.parametrize("change", [{"sequence": 1, "previous": None}, {"sequence": 3}, {"previous": b"x" * 32}])
def test_attack_067_a_broken_chain_of_publications(network: TestNetwork, change: dict[str, object]) -> None:
    with refused(Code.KEY_CHAIN):
        network.append(next_keys(network, fresh_key(), **change), identity_of(RS.name))


def test_attack_067_two_publications_after_the_same_one(network: TestNetwork) -> None:
    first = next_keys(network, fresh_key())
    second = next_keys(network, fresh_key(name="other"))
    network.append(first, identity_of(RS.name))
    with refused(Code.KEY_CHAIN):
        network.append(second, identity_of(RS.name))


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
def test_attack_068_unsound_keys_are_never_registered(network: TestNetwork, point: bytes) -> None:
    sound = fresh_key()
    with refused(Code.KEY_INVALID):
        network.append(
            next_keys(network, replace(sound, public_key=sound.public_key[:-32] + point)), identity_of(RS.name)
        )
    unsound = replace(identity_of(AL.name).public, ed25519=point)
    with refused(Code.KEY_INVALID):
        network.append(replace(network.enrolment(AL), identity=unsound), identity_of(AL.name), *network.quorum)


def test_attack_069_a_short_key_id(network: TestNetwork) -> None:
    payload, rows = decode(network.signed(capability(network), identity_of(RS.name)))  # type: ignore[misc]
    ed_kid, *rest = rows[0]  # type: ignore[index]
    with refused(Code.MALFORMED):
        network.directory.extend([encode([payload, [[ed_kid[:8], *rest]]])])  # type: ignore[index]
    revocation = Revocation(node=RS.node, issued_at=NOW, target=Target.KEYS, ids=(b"k" * 8,), reason=Reason.COMPROMISED)
    with refused(Code.MALFORMED):
        network.append(revocation, *network.quorum)


def test_attack_070_a_flood_of_statements(network: TestNetwork) -> None:
    identity, directory = identity_of(RS.name), network.directory
    with refused(Code.QUOTA):
        for number in range(NODE_QUOTA + 1):
            directory = directory.extend([network.signed(capability(network, wire=number + 1), identity)])
    assert directory.size <= network.directory.size + NODE_QUOTA


def test_attack_071_a_key_erased_after_rotation(tmp_path: Path) -> None:
    entropy = CountingEntropy()
    seed = recipient_seed_of("rs", POLICE, (NOW, NOW + WEEK))
    sealed, info = seal(seed)
    charter = TestNetwork.founded(lambda: NOW, entropy).charter
    secrets = replace(create_secrets(Role.NODE, RS.name, NOW, entropy), recipients=(seed,))
    store = create_keystore(tmp_path / "rs.keystore", secrets, PASSPHRASE, entropy, MINIMUM)
    ring = RecipientRing(store.secrets.recipients)
    assert ring.unwrap(seed.key_id, sealed, info) == bytes(64)
    ring.erase(due_for_erasure(ring.seeds(), charter, NOW + WEEK + 14 * DAY))
    store.save(replace(store.secrets, recipients=ring.seeds()))
    with refused(Code.UNKNOWN_DECRYPTION_KEY):
        ring.unwrap(seed.key_id, sealed, info)
    (only,) = tmp_path.iterdir()
    assert load_keystore(only, PASSPHRASE, entropy).secrets.recipients == ()


@pytest.mark.parametrize("weeks", [1, -2])
def test_attack_072_a_stolen_weekly_key_opens_no_other_week(weeks: int) -> None:
    stolen = recipient_seed_of("rs", POLICE, (NOW, NOW + WEEK))
    other = recipient_seed_of("rs", POLICE, (NOW + weeks * WEEK, NOW + (weeks + 1) * WEEK))
    sealed, info = seal(other)
    passed_off = replace(stolen, key_id=other.key_id)
    with refused(Code.WRAP_DECRYPT):
        RecipientRing([passed_off]).unwrap(other.key_id, sealed, info)


def test_attack_073_no_key_left_means_no_key(network: TestNetwork) -> None:
    last = network.directory.recipient_keys(RS.node, POLICE)[-1]
    assert network.directory.recipient_key(RS.node, POLICE, last.not_after - 1) == last
    assert network.directory.recipient_key(RS.node, POLICE, last.not_after) is None
    assert not network.directory.key_valid_at(last.key_id, network.directory.size, last.not_after)


def test_attack_074_one_registrar_recovers_nobody(network: TestNetwork) -> None:
    new = identity_of("rs new")
    body = Recovery(node=RS.node, version=2, issued_at=NOW, identity=new.public, tls_pin=b"n" * 32)
    id_ = network.append(body, new, network.registrars[0])
    assert network.directory.standing(id_) is Standing.PENDING
    assert network.directory.signing_identity(RS.node) == identity_of(RS.name).public
    with refused(Code.QUORUM):
        network.directory.check_in_force(id_)


def test_attack_075_a_revoked_key_that_dates_back(network: TestNetwork) -> None:
    raw = network.signed(capability(network, issued_at=NOW - DAY), identity_of(RS.name))
    before = revoked(network, RS.node)
    with refused(Code.KEY_REVOKED):
        network.directory.extend([raw])
    key = network.directory.find_key(next(iter(network.nodes[RS.node].ring.seeds())).key_id)
    assert key is not None
    with refused(Code.KEY_REVOKED):
        network.directory.check_key_at(key.key_id, before + 1, key.not_before)


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("keystore") / "rs.keystore"
    entropy = CountingEntropy()
    create_keystore(path, create_secrets(Role.REGISTRAR, "ministry", NOW, entropy), PASSPHRASE, entropy, MINIMUM)
    return path.read_bytes()


@pytest.mark.parametrize(("memory", "passes"), [(64 << 20, 3), (64 << 10, 1)])
def test_attack_076_changed_derivation_parameters(keystore: bytes, memory: int, passes: int) -> None:
    header, *rest = decode(keystore)  # type: ignore[misc]
    fields: list[Item] = decode(header)  # type: ignore[assignment, arg-type]
    fields[2:4] = [memory, passes]
    with refused(Code.KEYSTORE_PARAMS):
        open_secrets(encode([encode(fields), *rest]), PASSPHRASE)


def test_attack_076_a_changed_ciphertext(keystore: bytes) -> None:
    with refused(Code.KEYSTORE_AUTH):
        open_secrets(keystore[:-1] + bytes([keystore[-1] ^ 1]), PASSPHRASE)


def test_attack_077_an_overwritten_public_key(keystore: bytes) -> None:
    header, _, ciphertext = decode(keystore)  # type: ignore[misc]
    other = public_part(create_secrets(Role.REGISTRAR, "ministry", NOW, CountingEntropy("eve")))
    with refused(Code.KEYSTORE_MISMATCH):
        open_secrets(encode([header, other, ciphertext]), PASSPHRASE)


@pytest.mark.parametrize("change", [{"wire": 0}, {"suite": 0}])
def test_attack_090_a_capability_of_version_zero(network: TestNetwork, change: dict[str, object]) -> None:
    with refused(Code.DOWNGRADE):
        network.append(capability(network, **change), identity_of(RS.name))


def test_attack_090_a_capability_that_goes_back(network: TestNetwork) -> None:
    network.append(capability(network, wire=2), identity_of(RS.name))
    with refused(Code.DOWNGRADE):
        network.append(capability(network, issued_at=NOW + 5), identity_of(RS.name))


def test_attack_005_a_statement_of_another_network(network: TestNetwork) -> None:
    raw = sign_statement(capability(network), identity_of(RS.name), b"training network")
    with refused(Code.BAD_SIGNATURE):
        network.directory.extend([encode_entry([raw])])
