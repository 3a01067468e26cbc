"""A running desk of Serbia's contact point, with one person of each role (``await desk.as_(Role.CASE_OFFICER)``)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.simulators.node import RS, TestGateway, TestWorld
from tests.simulators.web_desk import TestDesk, desk_over


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return TestWorld(tmp_path)


@pytest.fixture
async def belgrade(world: TestWorld) -> AsyncIterator[TestGateway]:
    async with world.machine(RS).running() as gateway:
        yield gateway


@pytest.fixture
async def desk(belgrade: TestGateway) -> AsyncIterator[TestDesk]:
    async with desk_over(belgrade.gateway) as running:
        yield running
