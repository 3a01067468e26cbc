"""The steps of a ceremony: who holds which keys, what is drafted from which files, and what rotation leaves behind."""

from dataclasses import replace

import pytest

from keys.ceremony import (
    Founding,
    bind_person,
    change_identity,
    create_secrets,
    founding_charter,
    identity_in,
    later_charter,
    new_hub_keys,
    new_tls_key,
    only_tls_key,
    recovery,
    rotate,
    settle_identity,
    signer_of,
    tls_in,
)
from keys.directory import Directory
from keys.exchange_files import Party, party_of
from keys.identity import private_identity
from keys.private_keys import Role, Secrets
from keys.recipient_ring import create_recipient_seed
from keys.rotation import week_of
from protocol.charter import DAY, WEEK, ChannelTerms, encode_charter, parse_charter
from protocol.errors import Code
from protocol.ids import Channel
from protocol.statement_network import Reason, Revocation, Target
from runtime.operator import OperatorError
from tests.simulators.network import MK, RS, TestNetwork, charter_digest_of, identity_seeds_of
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

ENTROPY = CountingEntropy()
POLICE = Channel("police")


def secrets(role: Role, name: str) -> Secrets:
    return create_secrets(role, name, NOW, ENTROPY)


HUB, CA = secrets(Role.HUB, "hub"), secrets(Role.AUTHORITY, "ca")
REGISTRARS = [secrets(Role.REGISTRAR, f"ministry-{number}") for number in range(3)]
NODES = [secrets(Role.NODE, name) for name in ("rs.contact", "mk.contact", "auditor")]
FOUNDING = Founding(
    hub=party_of(HUB),
    authority=party_of(CA),
    registrars=[party_of(each) for each in REGISTRARS],
    witnesses=[party_of(each) for each in NODES],
    threshold=2,
    quorum=3,
    channels=(ChannelTerms(POLICE, 4, 14), ChannelTerms(Channel("system"), 4, 14)),
    training=True,
)


@pytest.mark.parametrize(
    ("role", "held"),
    [
        (Role.AUTHORITY, {"authority"}),
        (Role.REGISTRAR, {"identity"}),
        (Role.HUB, {"identity", "log", "tls"}),
        (Role.NODE, {"identity", "log", "tls", "epochs", "search"}),
    ],
)
def test_each_role_holds_its_own_keys_only(role: Role, held: set[str]) -> None:
    made = secrets(role, "somebody")
    names = ("identity", "log", "tls", "authority", "recipients", "epochs", "search", "people")
    assert {name for name in names if getattr(made, name)} == held


def test_the_drafted_charter_is_a_sound_one() -> None:
    charter = founding_charter(FOUNDING, NOW, ENTROPY)
    assert parse_charter(encode_charter(charter)) == charter
    assert [each.name for each in charter.witnesses] == ["auditor", "mk.contact", "rs.contact"]
    assert CA.authority is not None
    assert charter.tls_ca == CA.authority.key.pin
    assert charter.hub_tls_pin == tls_in(HUB).pin
    assert founding_charter(FOUNDING, NOW, ENTROPY).network_id != charter.network_id


@pytest.mark.parametrize(
    "change",
    [
        {"hub": party_of(REGISTRARS[0])},
        {"hub": party_of(CA)},
        {"authority": party_of(HUB)},
        {"registrars": [party_of(CA), party_of(REGISTRARS[0])]},
        {"witnesses": [party_of(REGISTRARS[0])]},
    ],
)
def test_a_party_in_the_wrong_place_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(OperatorError, match="WRONG_PARTY"):
        founding_charter(replace(FOUNDING, **change), NOW, ENTROPY)  # type: ignore[arg-type]


def test_a_hub_without_a_tls_key_is_refused() -> None:
    bare: Party = replace(party_of(HUB), tls_spki=None)
    with pytest.raises(OperatorError, match="TLS key"):
        founding_charter(replace(FOUNDING, hub=bare), NOW, ENTROPY)


def test_a_later_charter_follows_the_one_in_force(network: TestNetwork) -> None:
    body = later_charter(replace(FOUNDING, training=False), network.directory, NOW + 1, ENTROPY)
    assert (body.version, body.previous) == (2, network.charter_digest)
    assert (body.network_id, body.training) == (network.network_id, True)
    assert charter_digest_of(body) != network.charter_digest


def test_an_authority_signs_no_statement() -> None:
    with pytest.raises(OperatorError, match="WRONG_PARTY"):
        signer_of(CA)
    with pytest.raises(OperatorError, match="WRONG_PARTY"):
        tls_in(REGISTRARS[0])
    assert signer_of(REGISTRARS[0]).public == identity_in(party_of(REGISTRARS[0]))


# Rotation


def node(network: TestNetwork) -> Secrets:
    """A keystore with the recipient keys that the network knows of its first node."""
    return replace(NODES[0], recipients=network.nodes[RS.node].ring.seeds())


def published(network: TestNetwork, held: Secrets, now: int) -> tuple[Secrets, Directory]:
    after, bodies = rotate(held, network.directory, now, ENTROPY)
    for body in bodies:
        network.append(body, network.nodes[RS.node].identity)
    return after, network.directory


def test_nothing_is_rotated_while_nothing_is_missing(network: TestNetwork) -> None:
    held = node(network)
    assert rotate(held, network.directory, NOW, ENTROPY) == (held, [])


def test_each_week_brings_one_key_a_channel(network: TestNetwork) -> None:
    held = node(network)
    after, directory = published(network, held, NOW + WEEK)
    assert len(after.recipients) == len(held.recipients) + len(RS.joins)
    assert directory.recipient_key(RS.node, POLICE, NOW + 5 * WEEK) is not None


def test_a_key_is_gone_after_window_and_longest_life(network: TestNetwork) -> None:
    _, end = week_of(NOW)
    last = end + 14 * DAY
    kept, _ = rotate(node(network), network.directory, last - 1, ENTROPY)
    gone, _ = rotate(node(network), network.directory, last, ENTROPY)
    first = {each.key_id for each in node(network).recipients if each.not_after == end}
    assert len(first) == len(RS.joins)
    assert first <= {each.key_id for each in kept.recipients}
    assert not first & {each.key_id for each in gone.recipients}


def test_a_key_made_and_never_published_is_published_later(network: TestNetwork) -> None:
    held, lost = rotate(node(network), network.directory, NOW + WEEK, ENTROPY)
    again, bodies = rotate(held, network.directory, NOW + WEEK, ENTROPY)
    assert again == held
    assert [each.keys for each in bodies] == [each.keys for each in lost]


def test_a_revoked_key_is_replaced_and_kept_for_what_was_sealed_to_it(network: TestNetwork) -> None:
    held = node(network)
    key = network.directory.recipient_key(RS.node, POLICE, NOW)
    assert key is not None
    body = Revocation(node=RS.node, issued_at=NOW, target=Target.KEYS, ids=(key.key_id,), reason=Reason.LOST)
    network.append(body, network.nodes[RS.node].identity)
    after, directory = published(network, held, NOW)
    fresh = directory.recipient_key(RS.node, POLICE, NOW)
    assert fresh is not None
    assert fresh.key_id != key.key_id
    assert {key.key_id, fresh.key_id} <= {each.key_id for each in after.recipients}


def test_a_key_whose_week_is_over_is_not_published_any_more(network: TestNetwork) -> None:
    old = create_recipient_seed(POLICE, (NOW - 2 * WEEK, NOW - WEEK), ENTROPY)
    held = replace(node(network), recipients=(old, *node(network).recipients))
    after, bodies = rotate(held, network.directory, NOW, ENTROPY)
    assert old in after.recipients
    assert bodies == []


def test_a_node_that_is_not_enrolled_rotates_nothing(network: TestNetwork) -> None:
    with refused(Code.UNKNOWN_SENDER):
        rotate(secrets(Role.NODE, "al.contact"), network.directory, NOW, ENTROPY)


# Recovery, people, TLS


def test_a_recovery_is_drafted_from_the_new_party_file(network: TestNetwork) -> None:
    fresh = secrets(Role.NODE, MK.name)
    body = recovery(party_of(fresh), network.directory, NOW)
    assert (body.version, body.tls_pin) == (2, tls_in(fresh).pin)
    network.append(body, signer_of(fresh), *network.quorum)
    assert network.directory.signing_identity(MK.node) == identity_in(party_of(fresh))


def test_a_person_is_an_opaque_id_with_a_key(network: TestNetwork) -> None:
    after, body, key = bind_person(NODES[0], "issuer", (NOW, NOW + DAY), ENTROPY)
    (person,) = after.people
    assert private_identity(person.seeds).public == key.public == body.identity
    assert (body.person, body.not_before, body.not_after) == (person.person, NOW, NOW + DAY)
    network.append(body, network.nodes[RS.node].identity, key)


def test_a_tls_key_is_changed_in_two_steps() -> None:
    after, both = new_tls_key(NODES[0], NOW)
    assert after.next_tls is not None
    assert both.pins == (tls_in(NODES[0]).pin, after.next_tls.pin)
    assert new_tls_key(after, NOW) == (after, both), "a change that has begun goes on with the same key"
    settled, only = only_tls_key(after, NOW)
    assert (settled.tls, settled.next_tls) == (after.next_tls, None)
    assert only.pins == (tls_in(settled).pin,)
    assert only_tls_key(settled, NOW) == (settled, only)
    with pytest.raises(OperatorError, match="WRONG_PARTY"):
        new_tls_key(replace(NODES[0], tls=None), NOW)


def test_an_identity_is_changed_in_two_steps(network: TestNetwork) -> None:
    held = replace(node(network), identity=identity_seeds_of(RS.name))
    assert settle_identity(held, network.directory) is None
    after, body, signers = change_identity(held, network.directory, NOW, ENTROPY)
    assert settle_identity(after, network.directory) is None
    assert change_identity(after, network.directory, NOW, ENTROPY)[1] == body, "the same next identity"
    network.append(body, *signers)
    settled = settle_identity(after, network.directory)
    assert settled is not None
    assert (settled.identity, settled.next_identity) == (after.next_identity, None)
    assert signer_of(settled).public == network.directory.signing_identity(RS.node)


def test_a_hub_changes_its_signing_keys_and_not_its_tls_key() -> None:
    before = create_secrets(Role.HUB, "hub", NOW, ENTROPY)
    after = new_hub_keys(before, ENTROPY)
    assert (after.tls, after.role, after.name) == (before.tls, before.role, before.name)
    assert after.log != before.log
    assert after.identity != before.identity
    with pytest.raises(OperatorError):
        new_hub_keys(create_secrets(Role.NODE, "rs.contact", NOW, ENTROPY), ENTROPY)
