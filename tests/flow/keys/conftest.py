"""The files of a small network, made once; each test works on its own copy of the folder."""

import shutil
from pathlib import Path

import pytest

from tests.simulators.desk import Desk, set_table
from tests.simulators.network import AUDITOR, LOTSE, MK, NADA, RS, TestNetwork
from tests.simulators.party import NOW, CountingEntropy


@pytest.fixture(scope="session")
def founded() -> TestNetwork:
    return TestNetwork.small(lambda: NOW, CountingEntropy(), members=(RS, MK, NADA, LOTSE, AUDITOR))


@pytest.fixture(scope="session")
def table(founded: TestNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    set_table(folder, founded)
    return folder


@pytest.fixture
def desk(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    folder = shutil.copytree(table, tmp_path / "desk")
    monkeypatch.chdir(folder)
    return Desk(folder)
