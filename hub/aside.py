"""The hub's side of ``hub.examiner``: started when many submissions wait, left alone when few do, ended when none come.

Python runs one thread at a time. Parsing and checking signatures is a third of what an accept costs, so under load it
moves to a second process, where it runs beside the rest. A quiet hub does without: the hop costs more than it saves.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hub.examination import Finding, Question
from hub.examiner import FAILURES, ask
from protocol.errors import Code

_WORTHWHILE: Final = 4  # submissions at once that pay for the hop
_PATIENCE_S: Final = 10.0  # for an answer; a handful takes 10 ms
_PAUSE_S: Final = 5.0  # before another process is started in place of one that failed
_END_S: Final = 5.0
_HELLO: Final = 4  # bytes of an empty frame
_ROOT: Final = Path(__file__).parents[1]


class Aside:
    """One process at most, in the hands of one thread."""

    def __init__(self, monotonic: Callable[[], float], report: Callable[[Exception], None]) -> None:
        self._monotonic = monotonic
        self._report = report
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._there = False
        self._not_before = 0.0

    def examine(self, questions: list[Question]) -> list[Finding] | None:
        """Return findings in order; None when the caller should do it: too few, or the process is not there yet.

        When the process fails, each of its questions is answered with BUSY: one of them may have been the reason, so
        none of them is tried in this process. Senders repeat.
        """
        if len(questions) < _WORTHWHILE:
            return None
        try:
            line = self._ready_line()
            return None if line is None else ask(line, questions)
        except FAILURES as err:
            self._report(err)
            self.end()
            self._not_before = self._monotonic() + _PAUSE_S
            return [Finding(None, Code.BUSY, "the examiner failed")] * len(questions)

    def end(self) -> None:
        """Return when the process has ended; harmless without one."""
        line, self._line = self._line, None
        process, self._process = self._process, None
        self._there = False
        if line is not None:
            line.close()
        if process is not None:
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _ready_line(self) -> socket.socket | None:
        if self._line is None:
            if self._monotonic() >= self._not_before:
                self._start()
            return None
        if not self._there:
            self._there = _said_hello(self._line)
        return self._line if self._there else None

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "hub.examiner"],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,  # the hub's log has a closed list of events; what failed is told there
                    env=os.environ | {"PYTHONPATH": os.pathsep.join((str(_ROOT), *filter(None, sys.path)))},
                    process_group=0,  # Ctrl-C in a terminal is for the hub, which ends us when it is done
                )
            except BaseException:
                ours.close()
                raise
        self._line = ours


def _said_hello(line: socket.socket) -> bool:
    line.settimeout(0)
    try:
        hello = line.recv(_HELLO)
    except BlockingIOError:
        return False
    if hello != bytes(_HELLO):
        raise EOFError
    line.settimeout(_PATIENCE_S)
    return True
