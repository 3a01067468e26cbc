"""Durability: after a power cut everything that was acknowledged is there. The control proves that a loss is seen."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.torture,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mkfs.ext4") is None,
        reason="a power cut needs Linux, root and ext4",
    ),
]
SCRIPT = Path(__file__).with_name("power_cut.py")
ROOT = SCRIPT.parents[2]
CUTS = 60
CONTROL_CUTS = 6


def cut(scratch: Path, cuts: int, *more: str) -> dict[str, Any]:
    words = ["unshare", "-m", sys.executable, str(SCRIPT), "--scratch", str(scratch), "--cuts", str(cuts), *more]
    done = subprocess.run(
        words, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_no_acknowledged_message_is_lost_by_a_power_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "control").mkdir()
    (tmp_path / "real").mkdir()
    control = cut(tmp_path / "control", CONTROL_CUTS, "--careless")
    if not control["lost"]:
        pytest.fail(f"INVALID: without synchronisation nothing was lost either, so the test sees nothing: {control}")
    found = cut(tmp_path / "real", CUTS)
    bound = 300 / CUTS
    with capsys.disabled():
        print(  # noqa: T201 - the figures
            f"\npower cut: {CUTS} cuts, {found['acked']} acked, {found['lost']} lost, "
            f"{len(found['damaged'])} damaged (below {bound:.1f} % of cuts with 95 % confidence); "
            f"control synchronous=OFF: {control['cuts_with_loss']} of {CONTROL_CUTS} cuts lost, "
            f"{control['lost']} of {control['acked']}"
        )
    assert found["acked"] > CUTS
    assert (found["lost"], found["damaged"]) == (0, [])
