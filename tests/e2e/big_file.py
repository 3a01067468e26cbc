"""One large attachment from node to node over a line that is cut: what was sent, what was saved, what it took."""

import hashlib
import random
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from egnatia.demo.client import Node
from nodes.commands.client import ApiClient
from nodes.commands.registry import Place
from protocol.limits import UPLOAD_PART
from tests.e2e.cutting import CuttingLine
from tests.e2e.network import Network

MIB = 1 << 20
_COPIES = 5  # waiting, sealed, at the hub, received; and some room
_PATIENCE_S = 1_500
SLACK = 16 * MIB
"""Everything that is not a part: TLS, headers, envelopes, polls of both nodes."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The figures of one large attachment. Bytes are those of the line."""

    sent: str
    saved: str
    length: int
    cuts: int
    up: int
    down: int
    hub_peak: int
    node_peak: int
    idle: int
    seconds: float

    def check(self, ordered: int) -> None:
        """Assert what must hold for any size."""
        assert self.saved == self.sent
        assert self.cuts == ordered
        most = self.length * 1.01 + ordered / 2 * UPLOAD_PART + SLACK
        assert self.up <= most, f"{self.up - self.length} bytes more than the file went up"
        assert self.down <= most, f"{self.down - self.length} bytes more than the file came down"
        assert self.hub_peak <= 150 * MIB, self
        assert self.node_peak <= self.idle + 64 * MIB, self


class Pieces:
    """Pseudo-random content of any size, made as it is read: no two MiB are alike and none compresses."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._block = random.Random(size).randbytes(MIB)
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, self._size, MIB):
            piece = (at.to_bytes(8, "big") + self._block)[: min(MIB, self._size - at)]
            self.digest.update(piece)
            yield piece


class Digest:
    """A file to write to that keeps nothing but the digest."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return len(data)


def check_room(folder: Path, size: int) -> None:
    """Fail with words before the disk is full."""
    free = shutil.disk_usage(folder).free
    assert free > _COPIES * size + (1 << 30), f"{free >> 30} GiB free; {_COPIES * size >> 30} and one more are needed"


def carry(network: Network, size: int, cuts: int, seed: int) -> Carried:
    """Send ``size`` bytes from Skopje to Belgrade over a line that is cut ``cuts`` times, half of them each way."""
    check_room(network.folder, size)
    chance = random.Random(seed)
    start = time.monotonic()
    with CuttingLine(network.stage.hub_port) as line:
        for alias in ("skopje", "belgrade"):
            _lead(network.folder / alias / "node.toml", line.port)
        network.start("skopje", "belgrade")
        skopje, belgrade = network["skopje"], network["belgrade"]
        idle = max(forget_peak(network.pid(name)) for name in ("hub", "skopje", "belgrade"))
        pieces = Pieces(size)
        client = ApiClient(place_of(network, skopje))
        taken = client.upload("/attachments", {"name": "recording.bin"}, pieces, size)
        assert taken["sha256"] == pieces.digest.hexdigest()
        up, down = line.up, line.down
        line.cut_up(_places(chance, size, cuts // 2))
        files = [{"id": taken["id"], "category": "CA"}]
        request = network.request("MT-01.vehicle-mk", attachments=files)
        message = str(client.post("/messages", request, patience_s=_PATIENCE_S)["id"])
        skopje.wait_row("outbox", message, lambda row: row["state"] == "accepted", _PATIENCE_S)
        up = line.up - up
        line.cut_down(_places(chance, size, cuts - cuts // 2))
        row = wait_here(belgrade, message)
        down = line.down - down
        saved = Digest()
        reader = ApiClient(place_of(network, belgrade))
        reader.download(f"/messages/{message}/attachments/att-00", {}, saved, lambda _done, _total: None)  # type: ignore[arg-type]
        peaks = {name: peak_of(network.pid(name)) for name in ("hub", "skopje", "belgrade")}
        return Carried(
            sent=pieces.digest.hexdigest(),
            saved=saved.digest.hexdigest(),
            length=row["bytes"],
            cuts=line.cuts,
            up=up,
            down=down,
            hub_peak=peaks.pop("hub"),
            node_peak=max(peaks.values()),
            idle=idle,
            seconds=time.monotonic() - start,
        )


def forget_peak(pid: int) -> int:
    """Let the peak begin anew and return what is resident now: unlocking a keystore takes 64 MiB for a moment."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    return peak_of(pid)


def peak_of(pid: int) -> int:
    """Return the most bytes of memory that a process had resident since its peak began."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) << 10


def _places(chance: random.Random, size: int, count: int) -> list[int]:
    """Return places within the file, at most one in a part: a cut that hits a part again costs it again."""
    return sorted(chance.sample(range(1, size), count))


def place_of(network: Network, node: Node) -> Place:
    """Return how the command line's client finds a node."""
    return Place(node.base, network.folder / node.alias / "api.token")


def _lead(settings: Path, port: int) -> None:
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r'(url = "https://127\.0\.0\.1:)\d+', rf"\g<1>{port}", text), encoding="utf-8")


def wait_here(node: Node, message: str) -> dict[str, Any]:
    """Return the only attachment of a message once it is whole and was found to open."""
    end = time.monotonic() + _PATIENCE_S
    node.wait_row("inbox", message, lambda row: row["state"] == "accepted", 60)
    while True:
        (row,) = node.get(f"/messages/{message}/attachments").done()["attachments"]
        if row["state"] != "waiting":
            assert row["state"] == "here", row
            return dict(row)
        assert time.monotonic() < end, row
        time.sleep(0.2)
