"""Cuts the power under a hub that accepts messages, again and again; run as root inside a mount namespace of its own.

The disk is an ext4 file system in a file. FS_IOC_SHUTDOWN without a flush of its journal throws away what was not
synchronised, as a power cut does. It tears and reorders no sectors: that lies below the file system and is not tested.
The victim is stopped, and what it acknowledged is read to the end, before the cut; otherwise acknowledgements given
after the cut would count as losses. ``--careless`` sets synchronous=OFF, which must be found out.
"""

import argparse
import asyncio
import fcntl
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

SHUTDOWN: Final = 0x8004587D  # FS_IOC_SHUTDOWN, _IOR('X', 125, __u32)
NO_LOG_FLUSH: Final = (2).to_bytes(4, sys.byteorder)
SIZE: Final = 192 << 20
IN_FLIGHT: Final = 8


async def victim(folder: Path, *, careless: bool) -> None:
    """Found a hub, say so, accept messages and name each one that was acknowledged, until the end."""
    from runtime.sqlite import _WRITER_PRAGMAS
    from tests.simulators.hub_world import World
    from tests.simulators.network import MK, RS

    if careless:
        _WRITER_PRAGMAS["synchronous"] = 0
    world = World(folder)
    await world.found()
    async with world.running() as hub, world.client(hub, "rs.contact") as client:
        os.sync()
        os.write(1, world.network.charter_digest.hex().encode() + b"\n")

        async def send() -> None:
            while True:
                envelope = world.senders.seal(RS, MK)
                status, _ = await client.submit(envelope)
                if status == 201:
                    os.write(1, envelope.id.hex().encode() + b"\n")

        await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))


def check(folder: Path, charter: str) -> set[str]:
    """Return the messages that are there after the cut, once database and log were found whole; else raise."""
    from hub.config import HubConfig
    from hub.setup import look_over
    from runtime.database_settings import DatabaseSettings

    database_settings = DatabaseSettings(url=f"sqlite:///{folder / 'hub.db'}", reserve_bytes=0, ballast_bytes=0)
    config = HubConfig(data_folder=folder, keystore=folder / "none", charter_digest=charter, database=database_settings)
    sizes = look_over(config, int(time.time()))
    with closing(sqlite3.connect(f"file:{folder / 'hub.db'}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT id, leaf FROM message").fetchall()
    if any(leaf >= sizes.messages for _, leaf in rows):
        raise AssertionError("a message without its leaf")
    return {bytes(name).hex() for name, _ in rows}


class Disk:
    """A file system in a file, mounted in this namespace."""

    def __init__(self, scratch: Path) -> None:
        self._image = scratch / "disk.img"
        self.folder = scratch / "disk"

    def make(self) -> None:
        with self._image.open("wb") as image:
            image.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        self.folder.mkdir(exist_ok=True)
        self.mount()

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.folder))

    def unmount(self) -> None:
        _run("umount", str(self.folder))

    def cut(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(handle)


def one_cut(scratch: Path, chance: random.Random, *, careless: bool) -> tuple[int, int, str]:
    """Return how many messages were acknowledged, how many of those are lost, and what was found damaged."""
    disk = Disk(scratch)
    disk.make()
    words = [sys.executable, __file__, "--victim", str(disk.folder), *(["--careless"] if careless else [])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, bufsize=0) as process:
        out = process.stdout
        charter = out.readline().decode().strip() if out is not None else ""
        if out is None or len(charter) != 64:
            raise RuntimeError("the victim did not start")
        acked = {out.readline().decode().strip() for _ in range(chance.randint(1, 80))}
        time.sleep(chance.uniform(0, 0.05))
        freeze(process.pid)
        acked |= drain(out.fileno())
        disk.cut()
        process.kill()
    disk.unmount()
    disk.mount()
    damage = ""
    try:
        there = check(disk.folder, charter)
    except Exception as found:  # noqa: BLE001 - any damage is a finding, counted with its words
        there, damage = set(), f"{type(found).__name__}: {found}"
    disk.unmount()
    return len(acked), len(acked - there), damage


def freeze(pid: int) -> None:
    """Stop every thread of a process and return when all of them stand still."""
    os.kill(pid, signal.SIGSTOP)
    while any(state_of(task) not in "Tt" for task in Path(f"/proc/{pid}/task").iterdir()):
        time.sleep(0.001)


def state_of(task: Path) -> str:
    return (task / "stat").read_text().rpartition(")")[2].split()[0]


def drain(pipe: int) -> set[str]:
    """Return every acknowledgement that lies in the pipe of the stopped process."""
    os.set_blocking(pipe, False)
    raw = bytearray()
    while True:
        try:
            raw += os.read(pipe, 1 << 16)
        except BlockingIOError:
            break
    whole = raw[: raw.rfind(b"\n") + 1]
    return {line.decode() for line in whole.split()}


def campaign(scratch: Path, cuts: int, seed: str, *, careless: bool) -> dict[str, object]:
    """Cut as often as asked and return the figures."""
    chance = random.Random(hashlib.sha256(seed.encode()).digest())
    results = [one_cut(scratch, chance, careless=careless) for _ in range(cuts)]
    return {
        "cuts": cuts,
        "acked": sum(acked for acked, _, _ in results),
        "lost": sum(lost for _, lost, _ in results),
        "cuts_with_loss": sum(1 for _, lost, _ in results if lost),
        "damaged": [damage for _, _, damage in results if damage],
    }


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def main() -> None:
    """Run a campaign and print its figures, or be the victim."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--victim", type=Path)
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--cuts", type=int, default=1)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--careless", action="store_true")
    given = parser.parse_args()
    if given.victim is not None:
        asyncio.run(victim(given.victim, careless=given.careless))
    else:
        print(json.dumps(campaign(given.scratch, given.cuts, given.seed, careless=given.careless)))  # noqa: T201


if __name__ == "__main__":
    main()
