"""The example network of a region: along each pair with an agreement a message arrives, along no other it leaves.

Real node gateways over the simulated hub; what the hub itself would say is asked of the same rules beside it.
"""

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keys.identity import IdentitySeeds, private_identity
from keys.private_keys import PersonalSeed
from nodes.gateway.inbox import InState
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Queued, Result, Stopped
from policies.engine import decide_outer
from policies.facts import Side
from policies.gather import Known, View, facts_of_core
from protocol.core import Core
from protocol.decision import Decision, Verdict
from protocol.envelope import parse_envelope
from protocol.ids import Channel, MessageId, NodeId, Reference
from protocol.statement_nodes import PersonBinding
from tests.simulators.network import _seed
from tests.simulators.node import (
    CSO,
    POLICE,
    ROGATORY,
    TestGateway,
    TestMachine,
    TestWorld,
    example,
    packaged_bundle,
)
from tests.simulators.region import agree_all, example_region, members, terms_of

REGION = example_region()
DAY = 86_400
RS, MK, XK = NodeId("rs.contact.example"), NodeId("mk.contact.example"), NodeId("xk.contact.example")


@pytest.fixture
def region(tmp_path: Path) -> TestWorld:
    world = TestWorld(tmp_path, members=members(REGION))
    agree_all(world.network, REGION)
    return world


def question(owner: NodeId | None = None, **changes: Any) -> dict[str, Any]:
    request = example("MT-01/vehicle-mk", **({"language": "en", "purpose": "investigate"} | changes))
    return request if owner is None else owned(request, owner)


def owned(request: dict[str, Any], owner: NodeId) -> dict[str, Any]:
    """Return the request with items that belong to its sender, as they do in the example."""
    written: dict[str, Any] = json.loads(json.dumps(request).replace('"mk.ilecu"', f'"{owner}"'))
    return written


def on(channel: Channel) -> list[NodeId]:
    return [
        NodeId(each.node)
        for each in REGION.participants
        if each.family == {POLICE: "police", CSO: "cso"}.get(channel, "judicial")
    ]


def bound(channel: Channel) -> set[frozenset[NodeId]]:
    return {frozenset(map(NodeId, each.between)) for each in REGION.pairs if each.terms.channel == channel}


def machine_of(world: TestWorld, node: NodeId) -> TestMachine:
    return world.machine(next(each for each in world.members if each.node == node))


def rules_of(found: Result) -> set[str]:
    assert isinstance(found, Stopped), found
    assert found.refused.decision is not None
    return {each.rule for each in found.refused.decision.findings}


def at_hub(world: TestWorld, core: Core) -> Decision:
    """Return what the hub's own rules say of a core now."""
    directory = world.network.directory
    view = View(lambda node: directory.participant(node, world.clock()), directory.agreement, directory.policy())
    return decide_outer(packaged_bundle().policies, facts_of_core(core, view, Known(side=Side.HUB), world.clock()))


async def send_to_all(sender: TestGateway, channel: Channel, request: dict[str, Any]) -> dict[MessageId, NodeId]:
    """Send to everybody on the channel, one by one; what is refused is refused for want of an agreement."""
    sent: dict[MessageId, NodeId] = {}
    for other in on(channel):
        if other == sender.node:
            continue
        result = await sender.send(owned(request, sender.node) | {"to": [other]})
        if frozenset((sender.node, other)) in bound(channel):
            assert isinstance(result, Queued), (sender.node, other, result)
            sent[result.message] = other
        else:
            assert f"{channel}.agreement-in-force" in rules_of(result), (sender.node, other)
    await sender.submit()
    return sent


async def carry(world: TestWorld, channel: Channel, request: dict[str, Any], *, people: bool = False) -> int:
    """Let everybody write to everybody; return how many messages arrived and were accepted."""
    seeds = {node: prosecutor(world, node) for node in on(channel)} if people else {}
    sent: dict[MessageId, NodeId] = {}
    arrived = 0
    async with contextlib.AsyncExitStack() as stack:
        running = {node: await stack.enter_async_context(acting(world, node, seeds.get(node))) for node in on(channel)}
        for node, sender in running.items():
            more = {"sign_as": seeds[node].person.hex()} if people else {}
            sent |= await send_to_all(sender, channel, request | more)
        for raw in world.hub.envelopes.values():
            assert at_hub(world, parse_envelope(raw).manifest.core).verdict is Verdict.ALLOW
        for reader in running.values():
            while await reader.take(channel):
                pass
        for message, to in sent.items():
            found = await running[to].gateway.reading.open(message)
            assert isinstance(found, ReceivedMessage)
            assert found.row.state is InState.ACCEPTED, found.row.decision
            arrived += 1
    assert arrived == 2 * len(bound(channel))
    return arrived


def acting(
    world: TestWorld, node: NodeId, person: PersonalSeed | None
) -> contextlib.AbstractAsyncContextManager[TestGateway]:
    """Run a node, with a prosecutor who signs where the channel asks for one."""
    machine = machine_of(world, node)
    return (machine if person is None else replace(machine, people=(person,))).running()


def prosecutor(world: TestWorld, node: NodeId) -> PersonalSeed:
    """Give a node a person with the role of a prosecutor."""
    seeds = IdentitySeeds(_seed("ed25519", f"person {node}"), _seed("mldsa65", f"person {node}"))
    signer, person = private_identity(seeds), Reference(_seed("person", node)[:16])
    now = world.clock()
    body = PersonBinding(
        node=node,
        issued_at=now,
        person=person,
        role="prosecutor",
        identity=signer.public,
        not_before=now,
        not_after=now + 7 * DAY,
    )
    world.network.append(body, world.network.nodes[node].identity, signer)
    return PersonalSeed(person, "prosecutor", seeds)


async def test_contact_points_exchange_along_their_agreements_only(region: TestWorld) -> None:
    assert await carry(region, POLICE, question()) == 20
    pairs = bound(POLICE)
    assert any(XK in each for each in pairs)
    assert frozenset((RS, XK)) not in pairs
    assert all(each.terms.kind != "pcc" for each in REGION.pairs if XK in each.between)


async def test_prosecutions_send_letters_along_their_agreements_only(region: TestWorld) -> None:
    letter = example("MT-R1/witness-sr-Cyrl", language="en", purpose="proceedings")
    for each in ("issuer_act", "linked_police_threads"):
        letter["document"].pop(each, None)
    assert await carry(region, ROGATORY, letter, people=True) == 12


async def test_organisations_ask_each_other_along_their_contracts_only(region: TestWorld) -> None:
    assert await carry(region, CSO, example("MT-E1/woman-de", language="en", purpose="return")) == 6


async def test_what_the_treaty_does_not_name_is_refused_and_the_convention_is_no_basis(region: TestWorld) -> None:
    network = region.network
    async with machine_of(region, XK).running() as pristina:
        request = question(XK, to=[MK])
        assert rules_of(await pristina.send(request | {"language": "sq"})) >= {"police.agreement-languages"}
        assert rules_of(await pristina.send(request | {"classification": "R"})) >= {"police.agreement-classification"}
    convention = next(each for each in REGION.pairs if each.terms.kind == "pcc")
    network.agree(RS, XK, POLICE, **terms_of(REGION, convention))
    async with machine_of(region, RS).running() as belgrade:
        refused = rules_of(await belgrade.send(question(RS, to=[XK])))
        assert refused == {"police.agreement-instrument"}


async def test_the_end_of_a_legal_basis_ends_sending_at_once_and_a_renewal_leaves_no_gap(tmp_path: Path) -> None:
    world = TestWorld(tmp_path, members=members(REGION))
    network, start = world.network, world.clock()
    [pair] = [each for each in REGION.pairs if set(each.between) == {RS, MK}]
    terms = terms_of(REGION, pair)
    first = network.agree(RS, MK, POLICE, **terms, valid_from=start, valid_until=start + 2 * DAY)
    asked = question(RS, to=[MK])
    async with machine_of(world, RS).running() as belgrade:
        world.clock.advance(2 * DAY - 1)
        await belgrade.queue(asked)
        await belgrade.submit()
        [last] = [parse_envelope(raw).manifest.core for raw in world.hub.envelopes.values()]
        assert last.to[0].agreement == first
        assert at_hub(world, last).verdict is Verdict.ALLOW
        world.clock.advance(1)
        assert {each.rule for each in at_hub(world, last).findings} == {"police.agreement-in-force"}
        assert "police.agreement-in-force" in rules_of(await belgrade.send(asked))

        second = network.agree(RS, MK, POLICE, **terms, valid_from=world.clock(), valid_until=world.clock() + 2 * DAY)
        world.clock.advance(DAY)
        third = network.agree(RS, MK, POLICE, **terms, valid_from=world.clock() + 60)
        await belgrade.gateway.network.sync.run()
        named = set()
        for wait in (
            0,
            60,
            DAY - 61,
            1,
            DAY,
        ):  # before the renewal, in the overlap, on both sides of the old end, later
            world.clock.advance(wait)
            message = await belgrade.queue(asked)
            await belgrade.submit()
            core = parse_envelope(world.hub.envelopes[message]).manifest.core
            named.add(core.to[0].agreement)
            world.clock.advance(30)  # on its way
            assert at_hub(world, core).verdict is Verdict.ALLOW
        assert named == {second, third}
