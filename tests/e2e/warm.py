"""Processes of the tests, forked from one that has read the program already.

Reading it takes a process two seconds, and the tests start hundreds. Everything else is as in the demonstration: own
processes, own sessions, sockets, files, signals. How the program starts from nothing is tested by the commands of the
README and by the demonstration itself.
"""

import contextlib
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Final

from egnatia.demo.desk import passphrase_pipe
from egnatia.demo.processes import Processes, Started

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["egnatia.cli", "hub.cli", "hub.app", "nodes.cli", "nodes.app", "tests.e2e.warm"])


@dataclass(frozen=True)
class Forked:
    """A forked process, with the words of ``subprocess.Popen``."""

    process: BaseProcess

    @property
    def pid(self) -> int:
        if self.process.pid is None:
            raise AssertionError("not started")
        return self.process.pid

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self.process.join(timeout)
        ended = self.process.exitcode
        if ended is None:
            raise subprocess.TimeoutExpired("egnatia", timeout or 0.0)
        return ended

    def send_signal(self, sig: int) -> None:
        os.kill(self.pid, sig)

    def kill(self) -> None:
        self.process.kill()


class WarmProcesses(Processes):
    """The processes of a network; they end with the tests at the latest."""

    def _launch(self, words: list[str], log: Path) -> Started:
        return Forked(warm_process(_be, (words, log, dict(os.environ), Path.cwd())))


def warm_process(target: Callable[..., None], arguments: tuple[object, ...]) -> BaseProcess:
    """Start a process that calls ``target``; it ends with the tests at the latest."""
    process = _CONTEXT.Process(target=target, args=arguments, daemon=True)
    with _no_main():
        process.start()
    return process


@contextlib.contextmanager
def _no_main() -> Iterator[None]:
    """Hide the main module for a moment: the fork would run it once more, and it is the test runner."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _be(words: list[str], log: Path, environment: Mapping[str, str], folder: Path) -> None:
    """Become ``egnatia`` with these words."""
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    nothing, out = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for given, place in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(given, place)
    from egnatia.cli import main

    with passphrase_pipe() as reading:
        sys.argv = ["egnatia", *words, "--passphrase-from", f"fd:{reading}"]
        main()
