"""A gigabyte from node to node through real processes, over a line that is cut twenty times."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.big_file import carry
from tests.e2e.network import Founded, run_network

SIZE = 1_000_000_007  # bytes
CUTS = 20


@pytest.mark.slow
def test_a_gigabyte_survives_twenty_cuts(founded: Founded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    try:
        with run_network(founded, tmp_path / "run") as network:
            carried = carry(network, SIZE, CUTS, seed=20)
    finally:
        shutil.rmtree(tmp_path / "run", ignore_errors=True)  # three gigabytes
    sys.stdout.write(f"{carried}\n")  # shown by pytest -s
    carried.check(CUTS)
