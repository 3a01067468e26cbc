"""The end of the demonstration: what stays, what goes, and that Ctrl-C leaves no process behind."""

import io
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from egnatia.demo.command import _leave
from egnatia.demo.menu import _standing
from egnatia.demo.processes import Processes, _undisturbed


@pytest.mark.parametrize("kept", [True, False])
def test_the_log_stays_and_is_named(tmp_path: Path, kept: bool) -> None:
    run, log = tmp_path / "run", tmp_path / "demo.log"
    run.mkdir()
    log.write_text("$ egnatia keys create\n")
    out = io.StringIO()
    _leave(Console(file=out, width=80), run, log, kept=kept)
    assert (run.exists(), log.exists()) == (kept, True)
    assert f"Every command and answer stays in {log}" in out.getvalue()
    assert (str(run) in out.getvalue()) is kept


def test_a_second_ctrl_c_does_not_keep_processes_from_being_stopped() -> None:
    before = signal.getsignal(signal.SIGINT)
    with _undisturbed():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_one_process_is_stopped_and_the_others_go_on(tmp_path: Path) -> None:
    class Sleeping(Processes):
        def begin(self, name: str) -> None:
            self._running[name] = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)

    with Sleeping(tmp_path) as processes:
        processes.begin("hub")
        processes.begin("node")
        processes.stop("hub")
        assert (processes.alive("hub"), processes.alive("node")) == (False, True)


def test_an_auditor_reads_in_one_line_how_a_node_stands() -> None:
    status: dict[str, Any] = {
        "log": {"size": 7},
        "inbox": {"accepted": 3, "unopenable": 1},
        "outbox": {"ready": 2},
        "gaps": [{"sender": "rs.ilecu", "low": 4, "high": 4}, {"sender": "rs.ilecu", "low": 6, "high": 8}],
        "alarms": [{"code": "QUORUM"}, {"code": "QUORUM"}],
    }
    line = _standing(status)
    assert line.startswith("log verified to entry 7; 4 received, 1 refused, 2 wait; number 4 of rs.ilecu missing")
    assert line.endswith("6 to 8 of rs.ilecu missing; alarms: QUORUM")
    assert _standing(status | {"gaps": [], "alarms": []}).endswith("alarms: none")
