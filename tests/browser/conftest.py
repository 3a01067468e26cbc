"""One browser and one desk for each file of tests; whatever runs in them shares one event loop."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.simulators.browser import browser_running
from tests.simulators.node import RS, TestWorld
from tests.simulators.web_desk import TestDesk, desk_over


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> TestWorld:
    return TestWorld(tmp_path_factory.mktemp("world"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browser_running() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(world: TestWorld) -> AsyncIterator[TestDesk]:
    async with world.machine(RS).running() as belgrade, desk_over(belgrade.gateway) as running:
        yield running
