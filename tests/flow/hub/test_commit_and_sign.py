"""Death between commit and signature, and the reverse: no fork, no lost leaf, the same evidence on every repeat."""

import asyncio
import os
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from hub.app import Hub
from hub.log_store import read_entries
from protocol.api import MESSAGE_LOG
from protocol.checkpoint import messages_origin
from protocol.envelope import Envelope
from protocol.evidence import verify_acceptance
from protocol.leaf import parse_leaf
from protocol.merkle import leaf_hash, root_from
from runtime.database_settings import Hooks
from tests.flow.hub.test_restart import crash
from tests.simulators.hub_world import Client, World
from tests.simulators.network import MK, RS
from tests.simulators.sign_faults import Death, WatchedSigner

POINTS = ("before commit", "before signature", "after signature", "after commit")
AT_ONCE = 4


@dataclass
class Deaths:
    """A hub that dies again and again, and everything it ever acknowledged."""

    world: World
    chance: random.Random
    signer: WatchedSigner = field(init=False)
    acknowledged: dict[bytes, tuple[Envelope, bytes]] = field(default_factory=dict)
    died: dict[str, int] = field(default_factory=dict)
    commits: int = 0
    dies_at: tuple[str, int] = ("", 0)

    def __post_init__(self) -> None:
        self.signer = WatchedSigner(self.world.network.hub_log, self.world.folder / "hub.db")

    def _commit(self, point: str) -> None:
        self.commits += point == "before commit"
        if self.dies_at == (point, self.commits):
            raise Death

    async def start(self) -> Hub:
        hooks = Hooks(
            before_commit=lambda: self._commit("before commit"), after_commit=lambda: self._commit("after commit")
        )
        keys = replace(self.world.keys, log=self.signer)
        hub = Hub(self.world.config(), keys, self.world.clock, os.urandom, hooks)
        await hub.start()
        return hub

    async def round(self, point: str) -> None:
        """Submit from several sides at once, and die at a commit or signature that chance picks."""
        hub = await self.start()
        number = self.chance.randint(1, 2)
        self.commits, self.dies_at = 0, (point, number)
        self.signer.arm(**{point.partition(" ")[0]: number} if point.endswith("signature") else {})
        envelopes = [self.world.senders.seal(RS, MK) for _ in range(AT_ONCE)]
        async with self.world.client(hub, "rs.contact") as client:
            answers = [await self._submit(client, each) for each in envelopes[: AT_ONCE // 2]]
            answers += await asyncio.gather(*(self._submit(client, each) for each in envelopes[AT_ONCE // 2 :]))
        self.dies_at = ("", 0)
        self.signer.arm()
        await crash(hub)
        self.died[point] = self.died.get(point, 0) + (None in answers)
        self.acknowledged |= {
            each.id: (each, body) for each, body in zip(envelopes, answers, strict=True) if body is not None
        }

    async def _submit(self, client: Client, envelope: Envelope) -> bytes | None:
        status, body = await client.submit(envelope)
        return body if status in (200, 201) else None

    async def check(self) -> None:
        """Start once more: what was acknowledged has its leaf, its answer, and checkpoints of one and the same tree."""
        hub = await self.start()
        async with self.world.client(hub, "rs.contact") as client:
            again = {id_: await client.submit(each) for id_, (each, _) in self.acknowledged.items()}
        entries = await hub.database.read(lambda connection: read_entries(connection, MESSAGE_LOG, 0, 1 << 20))
        await hub.parts.auditor.check()
        await hub.stop()
        charter = self.world.network.charter
        origin, keys = messages_origin(charter.network_id), charter.hub_log_keys
        leaves = [leaf_hash(entry) for entry in entries]
        for id_, (envelope, body) in self.acknowledged.items():
            assert again[id_] == (200, body)
            evidence = verify_acceptance(body, envelope.id, origin, keys)
            assert parse_leaf(entries[evidence.index]) == evidence.leaf
            assert root_from(leaves[: evidence.checkpoint.size]) == evidence.checkpoint.root
        assert self.signer.early == []


async def campaign(folder: Path, rounds: int, seed: int) -> Deaths:
    world = World(folder)
    await world.found()
    deaths = Deaths(world, random.Random(seed))
    for number in range(rounds):
        await deaths.round(POINTS[number % len(POINTS)])
    await deaths.check()
    return deaths


async def test_four_deaths_around_commit_and_signature(tmp_path: Path) -> None:
    deaths = await campaign(tmp_path, len(POINTS), 1)
    assert all(deaths.died.get(point) for point in POINTS), deaths.died
    assert deaths.acknowledged


async def test_a_signature_before_its_commit_is_noticed(tmp_path: Path) -> None:
    """A control: a hub that signs what it is about to commit is caught by the signer that looks for itself."""
    world = World(tmp_path)
    await world.found()
    deaths = Deaths(world, random.Random(1))
    hub = await deaths.start()
    edge = hub.parts.message_log.head.edge
    await asyncio.to_thread(
        hub.parts.message_log._sign, replace(edge, frontier=replace(edge.frontier, size=edge.size + 1))
    )
    await hub.stop()
    assert deaths.signer.early == [("messages", 1)]


@pytest.mark.torture
@pytest.mark.timeout(3_600)
async def test_two_hundred_deaths_around_commits_and_two_hundred_around_signatures(tmp_path: Path) -> None:
    deaths = await campaign(tmp_path, 100 * len(POINTS), int(os.environ.get("TORTURE_SEED", "1")))
    assert min(deaths.died.values()) > 70, deaths.died
