"""One contact point with an empty book of people, on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.simulators.node import MK, TestClock, TestWorld
from tests.simulators.staff import Staff


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return TestWorld(tmp_path)


@pytest.fixture
def clock(world: TestWorld) -> TestClock:
    return world.clock


@pytest.fixture
async def staff(world: TestWorld) -> AsyncIterator[Staff]:
    async with world.machine(MK).running(synced=False) as skopje:
        yield Staff(skopje.gateway)
