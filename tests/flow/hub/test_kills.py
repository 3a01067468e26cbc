"""Kill -9 at any moment: what was acknowledged is there, once, with the same evidence (a power cut is another test)."""

import asyncio
import random
from pathlib import Path

import aiohttp
import pytest

from protocol.envelope import Envelope, parse_delivery
from protocol.mailbox import parse_page
from tests.simulators.hub_desk import Desk, lay_out, make_keystore, served, told
from tests.simulators.hub_world import POLICE, Client
from tests.simulators.network import MK, RS


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = lay_out(tmp_path, make_keystore(tmp_path / "made.keystore"))
    assert desk.init().code == 0
    return desk


Acknowledged = dict[bytes, tuple[Envelope, bytes]]


async def load(client: Client, envelopes: list[Envelope], acknowledged: Acknowledged) -> None:
    """Submit until the hub dies under us."""
    for each in envelopes:
        try:
            status, body = await client.submit(each)
        except (aiohttp.ClientError, OSError):
            return
        assert status == 201
        acknowledged[each.id] = (each, body)


async def attack(desk: Desk, port: int, kill_after: float, acknowledged: Acknowledged) -> None:
    """Send from 8 connections and pull the plug meanwhile."""
    lanes = [[desk.world.senders.seal(RS, MK) for _ in range(6)] for _ in range(8)]
    connector = aiohttp.TCPConnector(ssl=desk.world.client_tls("rs.contact"))
    async with aiohttp.ClientSession(connector=connector) as session:
        client = Client(session, f"https://localhost:{port}")
        tasks = [asyncio.create_task(load(client, lane, acknowledged)) for lane in lanes]
        await asyncio.wait(tasks, timeout=kill_after)
        while not acknowledged and not all(task.done() for task in tasks):
            await asyncio.wait(tasks, timeout=kill_after)  # on a busy machine the first answer takes longer
        desk.kill()
        await asyncio.gather(*tasks)


async def repeated(desk: Desk, port: int, acknowledged: Acknowledged) -> list[bytes]:
    """Offer everything again; return the ids of what is answered with other evidence than at first."""
    connector = aiohttp.TCPConnector(ssl=desk.world.client_tls("rs.contact"))
    async with aiohttp.ClientSession(connector=connector) as session:
        client = Client(session, f"https://localhost:{port}")
        return [id_ for id_, (each, body) in acknowledged.items() if await client.submit(each) != (200, body)]


async def all_mail(desk: Desk, port: int) -> list[bytes]:
    connector = aiohttp.TCPConnector(ssl=desk.world.client_tls("mk.contact"))
    found: list[bytes] = []
    async with aiohttp.ClientSession(connector=connector) as session:
        client, after = Client(session, f"https://localhost:{port}"), 0
        while items := parse_page((await client.fetch(POLICE, after))[1]).items:
            found += [parse_delivery(item.content).id for item in items]
            after = items[-1].number
    return found


def campaign(desk: Desk, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged: Acknowledged = {}
    for _ in range(rounds):
        with served(desk) as process:
            port = int(str(told(process)["port"]))
            desk.kill = process.kill
            asyncio.run(attack(desk, port, chance.uniform(0.05, 0.8), acknowledged))
    with served(desk) as process:
        port = int(str(told(process)["port"]))
        changed = asyncio.run(repeated(desk, port, acknowledged))
        found = asyncio.run(all_mail(desk, port))
    assert acknowledged
    assert not changed
    assert len(found) == len(set(found))
    assert not set(acknowledged) - set(found)


def test_three_kills_lose_nothing(desk: Desk) -> None:
    campaign(desk, 3, 1)


@pytest.mark.torture
@pytest.mark.timeout(3_600)
def test_sixty_kills_lose_nothing(desk: Desk) -> None:
    campaign(desk, 60, 2)
