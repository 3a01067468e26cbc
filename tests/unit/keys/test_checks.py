"""What each kind of statement may not do, one rule a test."""

from dataclasses import replace

import pytest

from keys.checks import LONGEST_PERSON
from keys.rotation import publications
from protocol.charter import DAY, WEEK, ChannelTerms
from protocol.errors import Code
from protocol.ids import Channel, NodeId, StatementId, TypeId
from protocol.mandate import ALL, Mandate
from protocol.records import Family, Kind
from protocol.statement_network import PolicyChange, Reason, Revocation, Suspension, Target
from protocol.statement_nodes import Capability, KeyPublication, PersonBinding, PublishedKey, TlsPins
from tests.simulators.network import (
    AL,
    AUDITOR,
    MK,
    NADA,
    RS,
    TestNetwork,
    identity_of,
    recipient_seed_of,
    tls_key_of,
)
from tests.simulators.party import NOW
from tests.simulators.refusal import refused
from tests.simulators.statements import AGREEMENT, PERSON, RESTART

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


def key(name: str, start: int, channel: Channel = POLICE, length: int = WEEK) -> PublishedKey:
    window = (start, start + length)
    return PublishedKey(channel, recipient_seed_of(name, channel, window).public_key, *window)


def publish(network: TestNetwork, *keys: PublishedKey, **changes: object) -> StatementId:
    chain = network.directory.chain(RS.node)
    body = KeyPublication(
        node=RS.node,
        issued_at=NOW,
        sequence=chain.sequence + 1,
        previous=chain.last,
        keys=tuple(sorted(keys, key=lambda each: (each.channel, each.not_before))),
    )
    return network.append(replace(body, **changes), network.nodes[RS.node].identity)  # type: ignore[arg-type]


def free_network(network: TestNetwork) -> TestNetwork:
    """The network after the contact point of Serbia revoked its police keys, so that every window is free."""
    ids = [each.key_id for each in network.directory.recipient_keys(RS.node, POLICE)]
    network.append(revocation(RS.node, Target.KEYS, *ids), network.nodes[RS.node].identity)
    return network


# Enrolment


def test_an_enrolment_begins_at_version_one(network: TestNetwork) -> None:
    with refused(Code.STATEMENT_ORDER):
        network.append(replace(network.enrolment(AL), version=2), identity_of(AL.name), *network.quorum)


def test_a_change_of_entry_counts_on(network: TestNetwork) -> None:
    with refused(Code.STATEMENT_ORDER):
        network.append(replace(network.enrolment(RS), version=1), *network.quorum)


def test_an_enrolment_cannot_swap_the_identity(network: TestNetwork) -> None:
    swapped = replace(network.enrolment(RS), identity=identity_of("eve").public)
    with refused(Code.NOT_PERMITTED):
        network.append(swapped, *network.quorum)


def test_a_revoked_node_is_not_enrolled_again(network: TestNetwork) -> None:
    network.append(revocation(), *network.quorum)
    with refused(Code.KEY_REVOKED):
        network.append(network.enrolment(MK), *network.quorum)


def test_an_enrolment_keeps_to_the_channels_of_the_charter(network: TestNetwork) -> None:
    few = replace(
        network.charter,
        version=2,
        previous=network.directory.charter_id(),
        channels=(ChannelTerms(POLICE, 4, 14),),
    )
    network.append(few, *network.quorum)
    with refused(Code.NOT_PERMITTED):
        network.append(network.enrolment(RS), *network.quorum)


@pytest.mark.parametrize(
    ("kind", "family", "channels"),
    [
        (Kind.CSO, Family.POLICE, ("police",)),
        (Kind.CONTACT_POINT, Family.POLICE, ("police", "rogatory")),
        (Kind.AUDITOR, Family.OVERSIGHT, ("police",)),
    ],
)
def test_families_never_meet_at_one_node(
    network: TestNetwork, kind: Kind, family: Family, channels: tuple[str, ...]
) -> None:
    joined = tuple(Channel(each) for each in channels)
    body = replace(network.enrolment(AL), kind=kind, family=family, channels=joined)
    with refused(Code.NOT_PERMITTED):
        network.append(body, identity_of(AL.name), *network.quorum)


def test_a_tls_key_of_another_node_is_refused(network: TestNetwork) -> None:
    stolen = replace(network.enrolment(AL), tls_pin=tls_key_of(RS.name).pin)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(stolen, identity_of(AL.name), *network.quorum)


def test_the_hubs_tls_key_is_refused(network: TestNetwork) -> None:
    stolen = replace(network.enrolment(AL), tls_pin=network.charter.hub_tls_pin)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(stolen, identity_of(AL.name), *network.quorum)


# Keys


def test_keys_come_from_an_enrolled_node(network: TestNetwork) -> None:
    with refused(Code.UNKNOWN_SENDER):
        publish(network, key("rs", NOW), node=STRANGER)


def test_a_revoked_node_publishes_nothing(network: TestNetwork) -> None:
    network.append(revocation(RS.node), *network.quorum)
    with refused(Code.KEY_REVOKED):
        publish(network, key("rs", NOW))


def test_a_suspended_node_publishes_nothing(network: TestNetwork) -> None:
    network.append(suspension(RS.node), network.registrars[0])
    with refused(Code.NODE_SUSPENDED):
        publish(network, key("rs", NOW))


@pytest.mark.parametrize("change", [{"sequence": 3}, {"sequence": 1, "previous": None}, {"previous": b"p" * 32}])
def test_publications_form_a_chain(network: TestNetwork, change: dict[str, object]) -> None:
    free = free_network(network)
    with refused(Code.KEY_CHAIN):
        publish(free, key("rs", NOW), **change)


def test_a_recipient_key_is_published_once(network: TestNetwork) -> None:
    free = free_network(network)
    fresh = key("rs again", NOW)
    with refused(Code.KEY_ALREADY_BOUND):
        publish(free, fresh, replace(fresh, not_before=NEXT_WEEK, not_after=NEXT_WEEK + WEEK))
    publish(free, fresh)
    with refused(Code.KEY_ALREADY_BOUND):
        publish(free, replace(fresh, not_before=NEXT_WEEK, not_after=NEXT_WEEK + WEEK))


def test_a_key_is_for_a_channel_the_node_joined(network: TestNetwork) -> None:
    with refused(Code.NOT_PERMITTED):
        publish(network, key("rs", NOW, Channel("rogatory")))


def test_a_key_is_for_a_channel_the_network_has(network: TestNetwork) -> None:
    free = free_network(network)
    few = replace(
        network.charter,
        version=2,
        previous=network.directory.charter_id(),
        channels=(ChannelTerms(Channel("system"), 4, 14),),
    )
    free.append(few, *free.quorum)
    with refused(Code.NOT_PERMITTED):
        publish(free, key("rs again", NOW))


@pytest.mark.parametrize(
    ("start", "length"),
    [(NOW, WEEK + 1), (NOW - WEEK, WEEK), (NOW + 4 * WEEK + 1, WEEK), (NOW + 400 * DAY, DAY)],
)
def test_a_window_is_a_week_at_most_and_within_the_horizon(network: TestNetwork, start: int, length: int) -> None:
    free = free_network(network)
    with refused(Code.NOT_PERMITTED):
        publish(free, key("rs again", start, POLICE, length))


def test_a_window_may_end_with_the_horizon(network: TestNetwork) -> None:
    free = free_network(network)
    publish(free, key("rs again", NOW + 4 * WEEK))
    assert free.directory.recipient_key(RS.node, POLICE, NOW + 4 * WEEK) is not None


def test_windows_of_a_channel_never_overlap(network: TestNetwork) -> None:
    with refused(Code.KEY_CHAIN):
        publish(network, key("rs again", NOW))
    free = free_network(network)
    with refused(Code.KEY_CHAIN):
        publish(free, key("rs again", NOW), key("rs again", NOW + 1))
    publish(free, key("rs again", NOW), key("rs again", NEXT_WEEK))


def test_windows_of_two_channels_are_apart(network: TestNetwork) -> None:
    free = free_network(network)
    ids = [each.key_id for each in free.directory.recipient_keys(RS.node, Channel("system"))]
    free.append(revocation(RS.node, Target.KEYS, *ids), free.nodes[RS.node].identity)
    publish(free, key("rs again", NOW), key("rs again", NOW, Channel("system")))
    assert free.directory.recipient_key(RS.node, Channel("system"), NOW) is not None


def test_an_unsound_key_is_refused(network: TestNetwork) -> None:
    free = free_network(network)
    sound = key("rs again", NOW)
    with refused(Code.KEY_INVALID):
        publish(free, replace(sound, public_key=sound.public_key[:-32] + bytes(32)))


# Agreement, policy, capability, TLS, restart, person


@pytest.mark.parametrize("other", [NADA.node, STRANGER])
def test_parties_of_an_agreement_are_in_its_channel(network: TestNetwork, other: NodeId) -> None:
    first, second = sorted((other, RS.node))
    terms = replace(AGREEMENT, parties=(first, second))
    with refused(Code.NOT_PERMITTED, Code.UNKNOWN_SENDER):
        network.append(terms, network.nodes[RS.node].identity)


def test_a_suspended_party_agrees_to_nothing(network: TestNetwork) -> None:
    network.append(suspension(), network.registrars[0])
    with refused(Code.NODE_SUSPENDED):
        network.append(replace(AGREEMENT, instrument="another"), network.nodes[RS.node].identity)


def test_policies_go_forward(network: TestNetwork) -> None:
    current = network.directory.policy()
    assert current is not None
    same = PolicyChange(digest=current.active, issued_at=NOW, activated_at=NOW + 1, emergency=False)
    with refused(Code.STATEMENT_ORDER):
        network.append(same, *network.quorum)
    earlier = replace(same, digest=b"n" * 32, issued_at=NOW - 9, activated_at=NOW - 9)
    with refused(Code.STATEMENT_ORDER):
        network.append(earlier, *network.quorum)


def capability(**changes: object) -> Capability:
    fields: dict[str, object] = {"node": RS.node, "issued_at": NOW + 1, "wire": 2, "suite": 1, "types": ("MT-01/2",)}
    return Capability(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [{"wire": 1}, {"types": ()}, {"types": (TypeId("MT-01/1"),)}, {"types": (TypeId("MT-02/2"),)}, {"suite": 0}],
)
def test_capabilities_never_decrease(network: TestNetwork, change: dict[str, object]) -> None:
    identity = network.nodes[RS.node].identity
    network.append(capability(suite=2), identity)
    with refused(Code.DOWNGRADE):
        network.append(capability(**({"issued_at": NOW + 2, "suite": 2} | change)), identity)


def test_capabilities_may_grow(network: TestNetwork) -> None:
    identity = network.nodes[RS.node].identity
    network.append(capability(), identity)
    more = capability(issued_at=NOW + 2, wire=3, suite=2, types=(TypeId("MT-01/3"), TypeId("MT-02/1")))
    network.append(more, identity)
    assert network.directory.capability(RS.node) == more


def test_an_older_capability_comes_too_late(network: TestNetwork) -> None:
    identity = network.nodes[RS.node].identity
    network.append(capability(), identity)
    with refused(Code.STATEMENT_ORDER):
        network.append(capability(issued_at=NOW, wire=3), identity)


def test_only_an_auditor_has_a_mandate(network: TestNetwork) -> None:
    mandate = Mandate(countries=ALL, channels=ALL, since=0)
    auditor = replace(AUDITOR, mandate=mandate)
    network.append(network.enrolment(auditor), *network.quorum)
    assert network.participant(AUDITOR.node).mandate == mandate
    with refused(Code.NOT_PERMITTED):
        network.append(replace(network.enrolment(RS), mandate=mandate), *network.quorum)


def test_an_older_tls_change_comes_too_late(network: TestNetwork) -> None:
    identity = network.nodes[RS.node].identity
    network.append(TlsPins(node=RS.node, issued_at=NOW + 1, pins=(b"n" * 32,)), identity)
    with refused(Code.STATEMENT_ORDER):
        network.append(TlsPins(node=RS.node, issued_at=NOW, pins=(b"o" * 32,)), identity)


def test_a_node_takes_no_tls_key_of_another(network: TestNetwork) -> None:
    body = TlsPins(node=RS.node, issued_at=NOW, pins=(tls_key_of(MK.name).pin,))
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(body, network.nodes[RS.node].identity)


def test_an_older_restart_comes_too_late(network: TestNetwork) -> None:
    network.append(RESTART, *network.quorum)
    older = replace(RESTART, issued_at=NOW - 1)
    with refused(Code.STATEMENT_ORDER):
        network.append(older, *network.quorum)
    network.append(replace(older, log="directory"), *network.quorum)
    assert network.directory.restarts()[0] == RESTART


def test_a_personal_key_lasts_three_years_at_most(network: TestNetwork) -> None:
    endless = replace(PERSON, not_after=NOW + LONGEST_PERSON + 1)
    with refused(Code.NOT_PERMITTED):
        network.append(endless, network.nodes[RS.node].identity, identity_of("a person"))


def test_a_personal_key_is_nobody_elses(network: TestNetwork) -> None:
    body: PersonBinding = replace(PERSON, identity=network.registrars[0].public)
    with refused(Code.KEY_ALREADY_BOUND):
        network.append(body, network.nodes[RS.node].identity, network.registrars[0])


def test_publications_of_a_ring_are_accepted_as_they_come(network: TestNetwork) -> None:
    free = free_network(network)
    seeds = [recipient_seed_of("fresh", POLICE, (NOW + week * WEEK, NOW + (week + 1) * WEEK)) for week in range(5)]
    for body in publications(RS.node, seeds, free.directory.chain(RS.node), NOW):
        free.append(body, free.nodes[RS.node].identity)
    assert len(free.directory.recipient_keys(RS.node, POLICE)) == 5
