"""Stopping, starting, crashing at each durable point: what was acknowledged stays and keeps its answer."""

import asyncio
from pathlib import Path

import pytest

from hub.app import Hub
from hub.crew import Crew
from hub.items import NewMessage
from protocol.checkpoint import messages_origin
from protocol.errors import Code, Fault
from protocol.evidence import verify_acceptance
from protocol.mailbox import parse_page
from runtime.database_settings import Hooks
from tests.simulators.hub_world import POLICE, World
from tests.simulators.network import MK, RS
from tests.simulators.refusal import refused


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


class Crash(BaseException):
    """The process dies here."""


class Failpoint:
    """Kills the writer at a chosen commit."""

    def __init__(self) -> None:
        self.armed = False

    def __call__(self) -> None:
        if self.armed:
            self.armed = False
            raise Crash


async def test_evidence_is_the_same_after_a_restart(world: World) -> None:
    envelopes = [world.senders.seal(RS, MK) for _ in range(12)]
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        first = [(await rs.submit(each))[1] for each in envelopes]
        await asyncio.gather(*(rs.submit(world.senders.seal(RS, MK)) for _ in range(10)))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        again = [await rs.submit(each) for each in envelopes]
    assert again == [(200, body) for body in first]


async def test_a_crash_before_the_commit_loses_nothing_that_was_acknowledged(world: World) -> None:
    failpoint = Failpoint()
    kept, lost = world.senders.seal(RS, MK), world.senders.seal(RS, MK)
    hub = await start(world, Hooks(before_commit=failpoint))
    async with world.client(hub, "rs.contact") as rs:
        assert (await rs.submit(kept))[0] == 201
        failpoint.armed = True
        assert (await rs.submit(lost))[0] == 503
    await crash(hub)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        assert len(parse_page((await mk.fetch(POLICE))[1]).items) == 1
        assert [(await rs.submit(each))[0] for each in (kept, lost)] == [200, 201]


async def test_a_crash_between_commit_and_answer_is_healed_by_the_repeat(world: World) -> None:
    failpoint = Failpoint()
    envelope = world.senders.seal(RS, MK)
    hub = await start(world, Hooks(after_commit=failpoint))
    async with world.client(hub, "rs.contact") as rs:
        failpoint.armed = True
        assert (await rs.submit(envelope))[0] == 503
    await crash(hub)
    charter = world.network.charter
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        status, body = await rs.submit(envelope)
        page = parse_page((await mk.fetch(POLICE))[1])
    evidence = verify_acceptance(body, envelope.id, messages_origin(charter.network_id), charter.hub_log_keys)
    assert (status, evidence.index, len(page.items)) == (200, 0, 1)


async def test_a_crash_between_commit_and_checkpoint_signs_the_same_tree_later(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    hub = await start(world, Hooks())
    services = hub.parts.services
    log = hub.parts.message_log
    log._signer = Unsignable()  # type: ignore[assignment]  # dies between commit and signature
    async with world.client(hub, "rs.contact") as rs:
        assert (await rs.submit(envelope))[0] == 500
    assert (log.size, services.desk.log.latest) == (1, services.desk.log.latest)
    await crash(hub)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert (await rs.submit(envelope))[0] == 200


class Unsignable:
    keys = None

    def sign_ed25519(self, _message: bytes) -> bytes:
        raise RuntimeError("the process dies here")

    sign_mldsa44 = sign_ed25519


async def test_time_never_goes_back_in_the_log(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        first = await rs.submit(world.senders.seal(RS, MK))
        head = hub.parts.message_log.head.time
    later = world.senders.seal(RS, MK)
    world.clock.advance(-200)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        second = await rs.submit(later)
        assert hub.parts.message_log.head.time == head
    assert (first[0], second[0]) == (201, 201)


async def test_two_hubs_never_share_a_database(world: World) -> None:
    async with world.running():
        with pytest.raises(Exception, match="DATABASE_IN_USE"):
            async with world.running():
                pass


async def test_a_full_queue_of_signature_checks_says_busy() -> None:
    crew = Crew(1, 0)
    with refused(Code.BUSY):
        await crew.run(len, b"")


async def start(world: World, hooks: Hooks) -> Hub:
    hub = Hub(world.config(), world.keys, world.clock, lambda size: b"e" * size, hooks)
    await hub.start()
    return hub


async def crash(hub: Hub) -> None:
    """End without any of the orderly steps: nothing is stored, nothing is marked."""
    for task in hub._tasks:
        task.cancel()
    for server in hub._servers:
        await server.stop()
    hub.parts.crew.stop()
    await asyncio.to_thread(hub.database.close)


async def test_a_batch_shares_its_fate_only_where_it_must(world: World) -> None:
    """Two messages under one number in one batch: one is taken, the other is an equivocation."""
    one, two = (world.senders.seal(RS, MK, sequence=7) for _ in range(2))
    async with world.running() as hub:
        desk = hub.parts.services.desk
        snapshot = desk.roster.current
        items = [
            NewMessage(candidate(world, each), snapshot.version, 100) for each in (one, two, world.senders.seal(RS, MK))
        ]
        results = await asyncio.gather(*(desk.intake.take(each, 100) for each in items), return_exceptions=True)
    assert [isinstance(each, Fault) for each in results] == [False, True, False]


def candidate(world: World, envelope):
    from hub.admission import Candidate

    return Candidate(envelope, RS.node, world.network.nodes[RS.node].identity.public)
