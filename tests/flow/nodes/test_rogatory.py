"""A letter rogatory needs its issuer's own signature: over this draft, by a person the directory knows in that role."""

from dataclasses import replace

from keys.identity import IdentitySeeds, private_identity
from keys.private_keys import PersonalSeed
from nodes.gateway.inbox import InState
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Faulty, Stopped
from protocol.ids import Reference
from protocol.statement_nodes import PersonBinding
from tests.simulators.network import _seed
from tests.simulators.node import BA_PROSECUTION, ROGATORY, RS_PROSECUTION, TestMachine, TestWorld, example

PERSON = Reference(b"person of a test")


def letter() -> dict[str, object]:
    request = example("MT-R1/witness-sr-Cyrl", to=["ba.prosecution"])
    request["document"].pop("issuer_act", None)
    request["document"].pop("linked_police_threads", None)
    return request


def with_person(world: TestWorld, role: str = "prosecutor") -> TestMachine:
    """Return the prosecution's machine with a personal key that the directory binds to a role."""
    seeds = IdentitySeeds(_seed("ed25519", "issuer"), _seed("mldsa65", "issuer"))
    signer = private_identity(seeds)
    node = world.network.nodes[RS_PROSECUTION.node]
    body = PersonBinding(
        node=node.node,
        issued_at=world.clock(),
        person=PERSON,
        role=role,
        identity=signer.public,
        not_before=world.clock(),
        not_after=world.clock() + 86_400,
    )
    world.network.append(body, node.identity, signer)
    machine = world.machine(RS_PROSECUTION)
    return replace(machine, people=(PersonalSeed(PERSON, role, seeds),))


async def test_a_signed_letter_is_accepted(world: TestWorld) -> None:
    async with with_person(world).running() as sender, world.machine(BA_PROSECUTION).running() as receiver:
        message = await sender.queue(letter() | {"sign_as": PERSON.hex()})
        await sender.exchange(receiver, ROGATORY)
        found = await receiver.gateway.reading.open(message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED, found.row.decision
        assert dict(found.body)["/issuer_act/person"] == PERSON.hex()


async def test_an_unsigned_letter_does_not_leave(world: TestWorld) -> None:
    async with with_person(world).running() as sender:
        result = await sender.send(letter())
        assert isinstance(result, Faulty)
        assert [fault.path for fault in result.faults] == ["/document/issuer_act"]


async def test_a_signature_over_another_draft_is_none(world: TestWorld) -> None:
    async with with_person(world).running() as sender:
        await sender.queue(letter() | {"sign_as": PERSON.hex()})
        (row,) = await sender.gateway.reading.sent(9)
        found = await sender.gateway.reading.find(row.message)
        from nodes.api.render import document
        from nodes.gateway.reading import SentMessage

        assert isinstance(found, SentMessage)
        assert found.draft is not None
        altered = document(found.draft.body)
        assert isinstance(altered, dict)
        first = next(name for name, value in altered.items() if isinstance(value, str) and len(value) > 30)
        altered[first] = f"{altered[first]} And more."
        result = await sender.send(letter() | {"document": altered})
        assert isinstance(result, Stopped)
        assert result.refused.decision is not None
        assert {each.text for each in result.refused.decision.findings} == {"issued-by"}


async def test_nobody_signs_for_a_person_unknown_here(world: TestWorld) -> None:
    async with with_person(world).running() as sender:
        result = await sender.send(letter() | {"sign_as": "00" * 16})
        assert isinstance(result, Faulty)
        assert [fault.path for fault in result.faults] == ["/sign_as"]


async def test_a_clerk_cannot_issue(world: TestWorld) -> None:
    async with with_person(world, role="clerk").running() as sender:
        result = await sender.send(letter() | {"sign_as": PERSON.hex()})
        assert isinstance(result, Stopped | Faulty)
