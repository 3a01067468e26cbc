"""Attack 33: a checkpoint that is signed before its entries are durable, a crash, and another one of the same size."""

import asyncio
from pathlib import Path

import pytest

from hub.app import Hub
from protocol.checkpoint import messages_origin
from protocol.errors import Code
from protocol.evidence import verify_acceptance
from protocol.merkle import verify_consistency
from runtime.database_settings import Hooks
from tests.simulators.hub_world import World
from tests.simulators.log import MemoryTree
from tests.simulators.network import MK, RS
from tests.simulators.refusal import refused


class Crash(BaseException):
    """The process dies here."""


class Signatures:
    """The hub's log keys, with a note of every text they sign."""

    def __init__(self, signer: object) -> None:
        self._signer = signer
        self.keys = signer.keys  # type: ignore[attr-defined]
        self.sizes: list[int] = []

    def sign_ed25519(self, message: bytes) -> bytes:
        self.sizes.append(int(message.split(b"\n")[1]))
        return self._signer.sign_ed25519(message)  # type: ignore[attr-defined,no-any-return]

    def sign_mldsa44(self, message: bytes) -> bytes:
        return self._signer.sign_mldsa44(message)  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def test_attack_033_nothing_is_signed_before_it_is_committed(world: World) -> None:
    """The crash comes between writing and committing: until then no key has touched the new size."""
    armed: list[bool] = []

    def before_commit() -> None:
        if armed:
            raise Crash

    hub = Hub(world.config(), world.keys, world.clock, lambda size: b"e" * size, Hooks(before_commit=before_commit))
    await hub.start()
    log = hub.parts.message_log
    log._signer = Signatures(log._signer)  # type: ignore[assignment]
    first, lost, other = (world.senders.seal(RS, MK) for _ in range(3))
    async with world.client(hub, "rs.contact") as rs:
        assert (await rs.submit(first))[0] == 201
        assert log._signer.sizes == [1], "the control: what is committed is signed"
        armed.append(True)
        assert (await rs.submit(lost))[0] == 503
        assert log._signer.sizes == [1]
    await crash(hub)
    charter = world.network.charter
    origin, keys = messages_origin(charter.network_id), charter.hub_log_keys
    async with world.running() as again, world.client(again, "rs.contact") as rs:
        status, raw = await rs.submit(other)
        assert status == 201
        evidence = verify_acceptance(raw, other.id, origin, keys)
        assert (evidence.index, evidence.checkpoint.size) == (1, 2)


def test_attack_033_two_checkpoints_of_one_size_convict_the_hub() -> None:
    """Had it signed both, whoever holds one of them refuses the other, and the two notes are the proof."""
    one, other = MemoryTree([b"first", b"second"]), MemoryTree([b"first", b"another"])
    with refused(Code.BAD_CONSISTENCY):
        verify_consistency(2, 2, one.frontier.root(), other.frontier.root(), ())


async def crash(hub: Hub) -> None:
    """End without any of the orderly steps."""
    for task in hub._tasks:
        task.cancel()
    for server in hub._servers:
        await server.stop()
    hub.parts.crew.stop()
    await asyncio.to_thread(hub.database.close)
