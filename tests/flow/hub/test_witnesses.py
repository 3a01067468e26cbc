"""Witnesses at a real hub: asked for the same checkpoint, believed under their own keys only, never waited for."""

import asyncio
from pathlib import Path

import pytest

from hub.app import Hub
from hub.quota import DAY
from hub.witnesses import WitnessSettings
from keys.identity import PrivateIdentity
from protocol.api import parse_problem
from protocol.checkpoint import Checkpoint, directory_origin, messages_origin, verify_head
from protocol.cosignature import cosign, cosign_plain, encode_lines
from protocol.errors import Code
from protocol.statement_network import Reason, Suspension
from protocol.statement_nodes import Capability
from protocol.statements import Body, encode_statement, statement_id
from protocol.witnessing import witnessed
from tests.simulators.hub_world import Client, World
from tests.simulators.network import MK, RS

NAMES = ("rs.contact", "mk.contact", "auditor")
MESSAGES, DIRECTORY = "/v1/logs/messages", "/v1/logs/directory"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


def origin_of(world: World, path: str) -> str:
    make = messages_origin if path == MESSAGES else directory_origin
    return make(world.network.network_id)


async def offered(world: World, client: Client, path: str, after: int = 0, wait: int = 0) -> Checkpoint:
    status, raw = await client.get(f"{path}/offer?after={after}&wait={wait}")
    assert status == 200, raw
    return verify_head(raw, origin_of(world, path), world.network.charter.hub_log_keys).checkpoint


def lines(world: World, name: str, head: Checkpoint, *, both: bool = False) -> bytes:
    signer, now = world.network.witnesses[name], world.clock()
    return encode_lines(cosign(signer, name, head, now) if both else (cosign_plain(signer, name, head, now),))


async def bring(client: Client, path: str, size: int, raw: bytes) -> Code | int:
    status, answer = await client.put(f"{path}/cosignatures/{size}", raw)
    return status if status == 204 else parse_problem(answer).code


async def cosigned_by(world: World, hub: Hub, path: str, names: tuple[str, ...], *, both: bool = False) -> int:
    size = 0
    for name in names:
        async with world.client(hub, name) as client:
            head = await offered(world, client, path)
            size = head.size
            assert await bring(client, path, size, lines(world, name, head, both=both)) == 204
    return size


async def test_a_quorum_makes_a_checkpoint_witnessed_and_more_witnesses_make_it_stronger(world: World) -> None:
    charter = world.network.charter
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await rs.submit(world.senders.seal(RS, MK))
        size = await cosigned_by(world, hub, MESSAGES, NAMES[:2])
        missing = await rs.get(f"{MESSAGES}/witnessed")
        assert await cosigned_by(world, hub, MESSAGES, NAMES[2:]) == size == 1
        status, raw = await rs.get(f"{MESSAGES}/witnessed?after=0")
        assert (await rs.get(f"{MESSAGES}/witnessed"), await rs.get(f"{MESSAGES}/checkpoint")) == ((200, raw),) * 2
        assert parse_problem((await rs.get(f"{MESSAGES}/witnessed?after=1"))[1]).code is Code.NOT_FOUND
        world.clock.advance(5)
        await cosigned_by(world, hub, MESSAGES, NAMES, both=True)
        await cosigned_by(world, hub, MESSAGES, NAMES[:1])  # a later one with one key takes nothing back
        lasting = witnessed((await rs.get(f"{MESSAGES}/witnessed"))[1], messages_origin(charter.network_id), charter)
    found = witnessed(raw, messages_origin(charter.network_id), charter)
    assert parse_problem(missing[1]).code is Code.NOT_FOUND
    assert (status, found.size, found.at, found.lasting) == (200, 1, world.clock() - 5, False)
    assert (lasting.lasting, lasting.at) == (True, world.clock())


async def test_an_offer_stays_while_its_period_lasts_and_a_question_waits_for_the_next(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await rs.submit(world.senders.seal(RS, MK))
        first = await offered(world, rs, MESSAGES)
        await rs.submit(world.senders.seal(RS, MK))
        assert await offered(world, rs, MESSAGES) == first
        waiting = asyncio.create_task(offered(world, rs, MESSAGES, after=first.size, wait=50))
        while not hub.parts.services.witnesses.waiting():  # noqa: ASYNC110 - questions are announced to nobody
            await asyncio.sleep(0)
        world.clock.advance(10)
        await rs.submit(world.senders.seal(RS, MK))  # rings
        second = await asyncio.wait_for(waiting, 20)
        assert await bring(rs, MESSAGES, first.size, lines(world, "rs.contact", first)) == 204  # late, and counted
    assert (first.size, second.size) == (1, 3)


async def test_what_is_not_the_callers_own_good_line_is_refused(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "nada") as nada:
        await rs.submit(world.senders.seal(RS, MK))
        head = await offered(world, rs, MESSAGES)
        other = Checkpoint(head.origin, head.size, b"x" * 32)
        good, both = lines(world, "rs.contact", head), lines(world, "rs.contact", head, both=True)
        tried = [
            (MESSAGES, 1, lines(world, "mk.contact", head), Code.BAD_COSIGNATURE),
            (MESSAGES, 1, lines(world, "rs.contact", other), Code.BAD_COSIGNATURE),
            (MESSAGES, 1, both.split(b"\n")[1] + b"\n", Code.BAD_COSIGNATURE),
            (MESSAGES, 1, good + lines(world, "mk.contact", head), Code.BAD_COSIGNATURE),
            (MESSAGES, 1, good + good, Code.BAD_COSIGNATURE),
            (MESSAGES, 1, good.strip(), Code.BAD_CHECKPOINT),
            (MESSAGES, 1, both + good, Code.BAD_CHECKPOINT),
            (MESSAGES, 1, b"", Code.BAD_CHECKPOINT),
            (MESSAGES, 2, good, Code.NOT_FOUND),
            (MESSAGES, 10**18 - 1, good, Code.NOT_FOUND),
            (MESSAGES, 10**19 - 1, good, Code.MALFORMED),
            ("/v1/logs/other", 1, good, Code.NOT_FOUND),
        ]
        for path, size, raw, code in tried:
            assert await bring(rs, path, size, raw) is code, (path, size, code)
        assert await bring(nada, MESSAGES, 1, good) is Code.NOT_PERMITTED
        assert parse_problem((await nada.get(f"{MESSAGES}/offer?after=0&wait=0"))[1]).code is Code.NOT_PERMITTED
        tree = await offered(world, rs, DIRECTORY)
        assert await bring(rs, DIRECTORY, tree.size, lines(world, "rs.contact", tree)) is Code.BAD_COSIGNATURE
        assert parse_problem((await rs.get(f"{MESSAGES}/witnessed"))[1]).code is Code.NOT_FOUND


async def put(world: World, client: Client, body: Body, *signers: PrivateIdentity) -> Code | int:
    raw = world.network.signed(body, *signers)
    status, answer = await client.put(f"/v1/statements/{statement_id(encode_statement(body)).hex()}", raw)
    return status if status == 201 else parse_problem(answer).code


async def test_silent_witnesses_stop_changes_of_the_directory_and_no_message(world: World) -> None:
    own = world.network.nodes[RS.node].identity

    def renewed() -> Capability:
        world.clock.advance(1)
        return Capability(node=RS.node, issued_at=world.clock(), wire=1, suite=1, types=())

    async with world.running(witnesses=WitnessSettings(patience_s=60)) as hub, world.client(hub, "rs.contact") as rs:
        assert await put(world, rs, renewed(), own) == 201  # nobody ever witnessed: a network in the making
        await cosigned_by(world, hub, DIRECTORY, NAMES, both=True)
        world.clock.advance(120)
        assert await put(world, rs, renewed(), own) == 201  # witnessed up to here
        world.clock.advance(61)
        assert await put(world, rs, renewed(), own) is Code.NOT_WITNESSED
        assert (await rs.submit(world.senders.seal(RS, MK)))[0] == 201
        now = world.clock()
        taken = Suspension(node=MK.node, issued_at=now, until=now + 60, lift=False, reason=Reason.COMPROMISED)
        assert await put(world, rs, taken, world.network.registrars[0]) == 201  # what takes power away never waits
        await cosigned_by(world, hub, DIRECTORY, NAMES, both=True)
        assert await put(world, rs, renewed(), own) == 201


async def test_old_cosignatures_are_thinned_out_to_one_a_day(world: World) -> None:
    async with world.running(witnesses=WitnessSettings(keep_days=1)) as hub, world.client(hub, "rs.contact") as rs:
        for _ in range(3):
            await rs.submit(world.senders.seal(RS, MK))
            await cosigned_by(world, hub, MESSAGES, NAMES)
            world.clock.advance(10)
        world.clock.advance(2 * DAY)
        assert await hub.parts.services.witnesses.tidy() > 0
        assert await hub.parts.services.witnesses.tidy() == 0
        kept = [await rs.get(f"{MESSAGES}/witnessed{after}") for after in ("?after=0", "")]
    sizes = {
        verify_head(raw, origin_of(world, MESSAGES), world.network.charter.hub_log_keys).checkpoint.size
        for _, raw in kept
    }
    assert sizes == {3}


async def test_the_charter_alone_says_who_counts_and_no_suspension(world: World) -> None:
    now = world.clock()
    body = Suspension(node=MK.node, issued_at=now, until=now + 3 * DAY, lift=False, reason=Reason.COMPROMISED)
    async with world.running() as hub:
        async with world.client(hub, "rs.contact") as rs:
            assert await put(world, rs, body, world.network.registrars[0]) == 201  # one of them is enough for that
        size = await cosigned_by(world, hub, DIRECTORY, NAMES, both=True)
        async with world.client(hub, "rs.contact") as rs:
            _, raw = await rs.get(f"{DIRECTORY}/witnessed")
    found = witnessed(raw, directory_origin(world.network.network_id), world.network.charter)
    assert (found.size, set(found.times)) == (size, set(NAMES))
