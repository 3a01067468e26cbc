"""The demonstration's processes: started with their passphrase on a pipe, watched, and stopped whatever happens."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from egnatia.demo.desk import passphrase_pipe

START_S: Final = 45.0
STOP_S: Final = 8.0
_PAUSE_S: Final = 0.05


class DidNotStart(Exception):
    """A process ended or stayed silent; the text says which and where its log is."""


def wait_until(ready: Callable[[], bool], what: str, seconds: float = START_S) -> None:
    """Return when ``ready`` says so; raise ``DidNotStart`` naming ``what`` after ``seconds``."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise DidNotStart(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(_PAUSE_S)


def answers(url: str) -> bool:
    """Return whether a loopback address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status < 300)  # noqa: PLR2004 - any success
    except (urllib.error.URLError, OSError):
        return False


class Started(Protocol):
    """A running process, with the words of ``subprocess.Popen``."""

    @property
    def pid(self) -> int:
        """The number by which the system knows it."""

    def poll(self) -> int | None:
        """Return how it ended, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended; ``subprocess.TimeoutExpired`` when it runs after ``timeout`` seconds."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""

    def kill(self) -> None:
        """End it at once."""


class Processes:
    """All processes of one demonstration; leaving the context stops every one of them."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, Started] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _undisturbed():
            self.stop_all()

    def start(self, name: str, words: list[str]) -> None:
        """Start ``egnatia`` with ``words``; its output goes to a log named after it."""
        self._running[name] = self._launch(words, self._logs / f"{name}.log")

    def _launch(self, words: list[str], log: Path) -> Started:
        with passphrase_pipe() as reading, log.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "egnatia", *words, "--passphrase-from", f"fd:{reading}"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                pass_fds=(reading,),
                start_new_session=True,  # Ctrl-C reaches this process only, which then stops the others in order
            )

    def alive(self, name: str) -> bool:
        """Return whether the process runs."""
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def wait_for(self, name: str, ready: Callable[[], bool]) -> None:
        """Return when the process is ready; ``DidNotStart`` when it ended or stays silent."""

        def done() -> bool:
            if not self.alive(name):
                raise DidNotStart(f"{name} ended, see {self._logs / f'{name}.log'}")
            return ready()

        wait_until(done, f"the start of {name}")

    def kill(self, name: str) -> None:
        """Kill a process without a chance to tidy up, as a power cut would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        """Ask one process to stop and wait for its orderly end; it is ended when it takes too long."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self) -> None:
        """Ask every process to stop, and end what does not within the time."""
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_S
        for process in self._running.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def pids(self) -> dict[str, int]:
        """Return the process ids by name."""
        return {name: process.pid for name, process in self._running.items()}


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave Ctrl-C without effect: whoever presses it twice still gets every process stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def own_folder(name: str) -> Path:
    """Return a fresh private folder for one run below the user's state folder."""
    base = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "egnatia" / name
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    return base
