"""The loops of a node: they wait, they can be woken, and nothing they meet ends them."""

import asyncio
import io

import pytest

from nodes.config import GatewaySettings
from nodes.gateway.here import Here
from nodes.gateway.trouble import Retry
from nodes.gateway.watch import Watch
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from runtime.log import Log
from tests.simulators.party import CountingEntropy, PlainIdentity, PlainRing


@pytest.fixture
def lines() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def watch(lines: io.StringIO) -> Watch:
    here = Here(NodeId("mk.ilecu"), b"n" * 16, lambda: PlainIdentity("mk"), PlainRing(), lambda: 7, CountingEntropy())
    settings = GatewaySettings(retry_base_s=1, retry_cap_s=1)
    return Watch(here, settings, Log(lines, lambda: 7, b"k" * 32))


async def running(watch: Watch, until: asyncio.Event) -> None:
    task = asyncio.create_task(watch.run())
    async with asyncio.timeout(20):
        await until.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_ring_wakes_a_loop(watch: Watch) -> None:
    turns, done = [], asyncio.Event()

    async def turn() -> float:
        turns.append(1)
        if len(turns) == 3:
            done.set()
        asyncio.get_running_loop().call_soon(watch.ring, "a")
        return 3_600.0

    watch.add("a", turn)
    await running(watch, done)
    assert len(turns) == 3
    assert watch.health.hub_answered_at == 7


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Retry(Code.NOT_READY), Code.NOT_READY),
        (Fault(Code.SPLIT_VIEW), Code.SPLIT_VIEW),
        (KeyError("unforeseen"), Code.INTERNAL),
    ],
)
async def test_a_loop_survives_what_it_meets(watch: Watch, lines: io.StringIO, error: Exception, code: Code) -> None:
    seen, done = [], asyncio.Event()

    async def turn() -> float:
        seen.append(dict(watch.health.troubles))
        if len(seen) == 1:
            raise error
        if len(seen) == 3:
            done.set()
        return 0.0

    watch.add("a", turn)
    await running(watch, done)
    assert seen == [{}, {"a": code}, {}]
    assert f"a:{code}" in lines.getvalue()
    assert "unforeseen" not in lines.getvalue(), "the words of an error may hold content"
