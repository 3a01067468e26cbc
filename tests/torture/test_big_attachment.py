"""Ten gigabytes from node to node through real processes, over a line that is cut twenty times."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.big_file import carry
from tests.e2e.network import found, run_network

SIZE = 10_000_000_019  # bytes
CUTS = 20


@pytest.mark.torture
@pytest.mark.timeout(3_600)
def test_ten_gigabytes_survive_twenty_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    try:
        with run_network(found(tmp_path / "founded"), tmp_path / "run") as network:
            carried = carry(network, SIZE, CUTS, seed=10)
    finally:
        shutil.rmtree(tmp_path / "run", ignore_errors=True)  # thirty gigabytes
    sys.stdout.write(f"{carried}\n")  # shown by pytest -s
    carried.check(CUTS)
