"""Folding entries in one batch or in any two batches is the same, and earlier sizes answer as they did then."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from keys.directory import Directory
from protocol.charter import DAY, WEEK
from protocol.cose import identity_kid
from protocol.errors import Fault
from protocol.ids import Channel, PolicyDigest
from protocol.statement_network import PolicyChange, Reason, Revocation, Suspension, Target
from protocol.statement_nodes import Capability, Recovery, TlsPins
from tests.simulators.network import AL, MK, RS, Member, TestNetwork, identity_of
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.statements import AGREEMENT, PERSON

POLICE = Channel("police")
MEMBERS = (RS, MK)
BASE = TestNetwork.small(lambda: NOW, CountingEntropy(), members=MEMBERS)

Step = Callable[[TestNetwork, Member, int], object]
Story = list[tuple[Step, Member, int]]


def revocation(network: TestNetwork, member: Member, target: Target, *ids: bytes) -> object:
    body = Revocation(node=member.node, issued_at=network.clock(), target=target, ids=ids, reason=Reason.LOST)
    return network.append(body, *network.quorum)


def suspend(network: TestNetwork, member: Member, number: int) -> object:
    now = network.clock()
    lift = number % 3 == 0
    until = None if lift else now + number * DAY
    body = Suspension(node=member.node, issued_at=now, until=until, lift=lift, reason=Reason.LOST)
    return network.append(body, *network.quorum)


def recover(network: TestNetwork, member: Member, number: int) -> object:
    new = identity_of(f"{member.name} {number}")
    body = Recovery(
        node=member.node,
        version=network.directory.version(member.node) + 1,
        issued_at=network.clock(),
        identity=new.public,
        tls_pin=bytes([number]) * 32,
    )
    network.nodes[member.node] = replace(network.nodes[member.node], identity=new)
    return network.append(body, new, *network.quorum)


def publish(network: TestNetwork, member: Member, number: int) -> object:
    network.clock = lambda: NOW + number % 3 * WEEK
    return network.publish(member.node)


def policy(network: TestNetwork, _: Member, number: int) -> object:
    now = network.clock()
    body = PolicyChange(
        digest=PolicyDigest(bytes([number]) * 32), issued_at=now, activated_at=now + number, emergency=False
    )
    signers = network.quorum if number % 2 else network.registrars[:1]
    return network.append(body, *signers)


def revoke_node(network: TestNetwork, member: Member, number: int) -> object:
    return revocation(network, member, Target.NODE) if number > 7 else None


def revoke_key(network: TestNetwork, member: Member, number: int) -> object:
    keys = network.directory.recipient_keys(member.node, POLICE)
    return revocation(network, member, Target.KEYS, keys[number % len(keys)].key_id) if keys else None


def revoke_agreement(network: TestNetwork, member: Member, number: int) -> object:
    ids = [each.id for each in network.directory.agreements()]
    return revocation(network, member, Target.AGREEMENT, ids[number % len(ids)]) if ids else None


def revoke_person(network: TestNetwork, member: Member, _: int) -> object:
    return revocation(network, member, Target.PERSON, identity_kid(PERSON.identity))


def bind_person(network: TestNetwork, _: Member, number: int) -> object:
    body = replace(PERSON, issued_at=NOW + number)
    return network.append(body, network.nodes[RS.node].identity, identity_of("a person"))


def agree(network: TestNetwork, member: Member, number: int) -> object:
    return network.append(replace(AGREEMENT, issued_at=NOW + number % 2), network.nodes[member.node].identity)


def change_pin(network: TestNetwork, member: Member, number: int) -> object:
    body = TlsPins(node=member.node, issued_at=NOW, pins=(bytes([number]) * 32,))
    return network.append(body, network.nodes[member.node].identity)


def state_capability(network: TestNetwork, member: Member, number: int) -> object:
    body = Capability(node=member.node, issued_at=NOW + number, wire=1, suite=1, types=())
    return network.append(body, network.nodes[member.node].identity)


def change_entry(network: TestNetwork, member: Member, number: int) -> object:
    current = network.nodes[member.node].identity.public
    body = replace(network.enrolment(member), label=f"desk {number}", identity=current)
    return network.append(body, *network.quorum)


def enrol(network: TestNetwork, _: Member, __: int) -> object:
    return network.enrol(AL)


STEPS: tuple[Step, ...] = (
    policy,
    suspend,
    recover,
    publish,
    revoke_node,
    revoke_key,
    revoke_agreement,
    revoke_person,
    bind_person,
    agree,
    change_pin,
    state_capability,
    change_entry,
    enrol,
)

stories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.sampled_from(MEMBERS), st.integers(1, 9)), min_size=1, max_size=12
)


def told(story: Story) -> TestNetwork:
    """The network after the story; steps that do not fit where they stand change nothing."""
    network = BASE.fork()
    for step, member, number in story:
        try:
            step(network, member, number)
        except Fault:
            continue
    return network


def start() -> Directory:
    return Directory.start(BASE.charter_entry, BASE.charter_digest)


@settings(max_examples=40, deadline=None)
@given(stories, st.data())
def test_two_batches_are_one(story: Story, data: st.DataObject) -> None:
    network = told(story)
    entries = network.entries[1:]
    cut = data.draw(st.integers(0, len(entries)))
    first = start().extend(entries[:cut])
    both = first.extend(entries[cut:])
    assert both == start().extend(entries) == network.directory
    assert both.root_at(first.size) == first.root
    assert first == start().extend(entries[:cut]), "growing changed the directory that was grown"


@settings(max_examples=30, deadline=None)
@given(stories, st.data())
def test_an_earlier_size_answers_as_it_did(story: Story, data: st.DataObject) -> None:
    network = told(story)
    cut = data.draw(st.integers(1, network.directory.size))
    then, now = start().extend(network.entries[1:cut]), network.directory
    assert now.policy_at(cut) == then.policy()
    assert now.charter_at(cut) == then.charter
    for member in (*MEMBERS, AL):
        assert now.participant_at(member.node, cut) == then.participant(member.node)
        assert now.signing_identity_at(member.node, cut) == then.signing_identity(member.node)
        for key in now.recipient_keys(member.node, POLICE):
            assert now.key_valid_at(key.key_id, cut, key.not_before) is not then.is_key_revoked(key.key_id)
    for agreement in then.agreements():
        assert now.agreement_at(agreement.id, cut) == agreement


@settings(max_examples=30, deadline=None)
@given(stories)
def test_windows_of_one_channel_never_overlap(story: Story) -> None:
    directory = told(story).directory
    for entry in directory.participants():
        for channel in entry.channels:
            keys = directory.recipient_keys(entry.node, channel)
            assert all(a.not_after <= b.not_before for a, b in pairwise(keys))
            assert not (entry.revoked and keys)
            assert all(directory.recipient_key(entry.node, channel, key.not_before) == key for key in keys)
