"""One world per test: a network, a simulated hub, and two contact points that know each other."""

from pathlib import Path

import pytest

from tests.simulators.node import TestWorld


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    return TestWorld(tmp_path)
