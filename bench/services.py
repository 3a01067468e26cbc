"""Hub and node as processes of their own: started, watched while they work, stopped."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.place import SENDERS, Place, start
from protocol.checkpoint import messages_origin

IN_FLIGHT: Final = 64
FEW: Final = 16  # in flight: more than the contact points of a region have at the same moment
WARM: Final = 600  # answers that are not counted: pools fill, statements are compiled
_START_S: Final = 600.0  # a large database is copied before its schema changes
_STOP_S: Final = 30.0
_LOAD_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MB: now, and the most there ever was."""

    resident: float
    peak: float


@contextlib.contextmanager
def hub_of(place: Place) -> Iterator[int]:
    """Run the hub until the block ends; gives its process id once it is ready."""
    url = f"http://127.0.0.1:{place.ports.admin}/ready"
    with _running(place, ("hub", "run", "--config", "hub/hub.toml"), lambda: _answers(url) is not None) as pid:
        yield pid


@contextlib.contextmanager
def node_of(place: Place, name: str = "node", port: int = 0) -> Iterator[int]:
    """Run a node until the block ends; gives its process id once it holds directory and policies."""
    base = f"http://127.0.0.1:{port or place.ports.node}/api/v1/status"
    words = ("node", "run", "--config", f"{name}/node.toml")
    with _running(place, words, lambda: _holds_policy(place.folder / name, base)) as pid:
        yield pid


def load(place: Place, in_flight: int = IN_FLIGHT) -> dict[str, float]:
    """Run the load against the hub and return its figures; a wrong answer stops the measurement."""
    keys = place.network.charter.hub_log_keys
    plan = {
        "folder": str(place.folder),
        "port": place.ports.hub,
        "in_flight": in_flight,
        "warm": WARM,
        "senders": [each.name for each in SENDERS],
        "ed25519": keys.ed25519.hex(),
        "mldsa44": keys.mldsa44.hex(),
        "origin": messages_origin(place.network.network_id),
    }
    path = place.folder / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    words = [sys.executable, "-m", "bench.load", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_LOAD_S)
    if done.returncode:
        raise SystemExit(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def memory_of(pid: int) -> Memory:
    """Return what a service and whatever it started hold in memory; the peak is known on Linux only."""
    resident = sum(int(words[2]) for words in _processes(pid)) / 1024
    with contextlib.suppress(OSError):
        return Memory(resident, sum(_peak(words[0]) for words in _processes(pid)) / 1024)
    return Memory(resident, resident)


def _peak(pid: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU a service and whatever it started have used, as precise as the system tells."""
    return sum(_spent(words[0], words[3]) for words in _processes(pid))


def _spent(pid: str, told: str) -> float:
    with contextlib.suppress(OSError):  # Linux counts hundredths of a second
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return _seconds(told)


def _processes(pid: int) -> list[list[str]]:
    """Return pid, parent, resident KiB and CPU time of a process and its children."""
    words = ["ps", "-A", "-o", "pid=,ppid=,rss=,time="]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    found = [line.split() for line in lines]
    return [each for each in found if str(pid) in each[:2]]


def _seconds(text: str) -> float:
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds + int(days or 0) * 86_400


@contextlib.contextmanager
def _running(place: Place, words: tuple[str, ...], ready: Callable[[], bool]) -> Iterator[int]:
    process = start(place, *words)
    try:
        end = time.monotonic() + _START_S
        while not ready():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{words[0]} did not start: {(place.folder / f'{words[0]}.log').read_text()[-2_000:]}")
            time.sleep(0.02)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str, token: str = "") -> bytes | None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own loopback address
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - the same
            body: bytes = answer.read()
            return body
    except (urllib.error.URLError, OSError):
        return None


def _holds_policy(folder: Path, url: str) -> bool:
    path = folder / "api.token"
    raw = _answers(url, path.read_text(encoding="ascii").strip()) if path.exists() else None
    return raw is not None and bool(json.loads(raw)["policy"]["here"])
