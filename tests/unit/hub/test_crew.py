"""Worker threads: results, errors, bounds and an orderly end."""

import asyncio
import threading

import pytest

from hub.crew import Crew
from protocol.errors import Code
from tests.simulators.faults import refused


@pytest.fixture
def crew():
    crew = Crew(2, 1_000)
    crew.start()
    yield crew
    crew.stop()


async def test_every_job_gets_its_own_answer(crew: Crew) -> None:
    answers = await asyncio.gather(*(crew.run(lambda number: number * 2, at) for at in range(500)))
    assert answers == [at * 2 for at in range(500)]


async def test_work_happens_in_other_threads(crew: Crew) -> None:
    name = await crew.run(lambda _: threading.current_thread().name, None)
    assert name.startswith("crew-")


async def test_a_failing_job_fails_alone(crew: Crew) -> None:
    good, bad = await asyncio.gather(crew.run(len, b"abc"), crew.run(len, 3), return_exceptions=True)
    assert good == 3
    assert isinstance(bad, TypeError)


async def test_too_many_jobs_are_refused_and_the_rest_is_done() -> None:
    crew = Crew(1, 2)
    waiting = [asyncio.create_task(crew.run(len, b"ab")) for _ in range(2)]
    await asyncio.sleep(0)
    with refused(Code.BUSY):
        await crew.run(len, b"")
    assert crew.depth() == 2
    crew.start()
    assert await asyncio.gather(*waiting) == [2, 2]
    crew.stop()
    with refused(Code.NOT_READY):
        await crew.run(len, b"")


async def test_an_abandoned_job_disturbs_nobody(crew: Crew) -> None:
    gate = threading.Event()
    lost = asyncio.create_task(crew.run(lambda _: gate.wait(10), None))
    await asyncio.sleep(0)
    lost.cancel()
    gate.set()
    assert await crew.run(len, b"a") == 1
