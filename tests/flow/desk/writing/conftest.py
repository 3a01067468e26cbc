"""One desk for all of these tests: they share one event loop, and each writes drafts and messages of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.simulators.evidence import Thread, thread
from tests.simulators.journal import Remembering
from tests.simulators.node import MK, RS, TestGateway, TestWorld
from tests.simulators.web_desk import TestDesk, desk_over


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> TestWorld:
    return TestWorld(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def journal() -> Remembering:
    """What was written down of what people did."""
    return Remembering()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def belgrade(world: TestWorld, journal: Remembering) -> AsyncIterator[TestGateway]:
    async with world.machine(RS, journal=journal).running() as gateway:
        yield gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def skopje(world: TestWorld) -> AsyncIterator[TestGateway]:
    async with world.machine(MK).running() as gateway:
        yield gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(belgrade: TestGateway) -> AsyncIterator[TestDesk]:
    async with desk_over(belgrade.gateway) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(world: TestWorld) -> AsyncIterator[Thread]:
    """Belgrade has an answer of Skopje, whose codes ask for consent before it is passed on."""
    async with thread(world, "H0", "H2") as found:
        yield found
