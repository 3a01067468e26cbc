"""One small network for all tests of this room; each test goes on from its own copy."""

import pytest

from tests.simulators.network import AUDITOR, LOTSE, MK, NADA, RS, TestNetwork
from tests.simulators.party import NOW, CountingEntropy


@pytest.fixture(scope="session")
def founded() -> TestNetwork:
    return TestNetwork.small(lambda: NOW, CountingEntropy(), members=(RS, MK, NADA, LOTSE, AUDITOR))


@pytest.fixture
def network(founded: TestNetwork) -> TestNetwork:
    return founded.fork()
