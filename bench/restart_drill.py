"""Measures the restart of a hub that was put back from a backup: ``python -m bench.restart_drill [--messages N]``.

It founds a network, logs N messages, backs up, logs N more, loses the database, and then goes through the steps that
docs/restart.md asks of operators and registrars, without the people: restore, refuse, recover, take everything again.
What people need beside that (telephoning, two keystores, reading) is not in it.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.setup import back_up_hub, recover_hub, restore_hub
from protocol.api import parse_problem
from protocol.errors import Code
from tests.flow.hub.test_recovery import latest, remove_database, restart_entry
from tests.simulators.hub_world import World
from tests.simulators.network import MK, RS


@contextmanager
def timed(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    sys.stdout.write(f"{what:<52} {time.monotonic() - begun:8.2f} s\n")


async def drill(folder: Path, messages: int) -> None:
    """Lose half of the messages and bring the hub back."""
    world = World(folder)
    await world.found()
    backup = folder / "backup.db"
    kept, lost = ([world.senders.seal(RS, MK) for _ in range(messages)] for _ in range(2))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        for each in kept:
            await rs.submit(each)
        start = latest(world, hub)
        with timed("back up"):
            await asyncio.to_thread(back_up_hub, world.config(), backup, world.clock())
        for each in lost:
            await rs.submit(each)
        promised = latest(world, hub)
    remove_database(world)
    with timed("restore the backup"):
        await asyncio.to_thread(restore_hub, world.config(), backup, world.clock())
    with timed("start, and refuse to sign"):
        async with world.running() as hub, world.client(hub, "rs.contact") as rs:
            _, refusal = await rs.submit(lost[0])
    if parse_problem(refusal).code is not Code.RESTART_NEEDED:
        raise RuntimeError("a restored hub signed")
    with timed("declare the restart and begin a new epoch"):
        entry = restart_entry(world, start, promised.size)
        await asyncio.to_thread(recover_hub, world.config(), (), entry, world.clock())
    with timed(f"start, and take {messages} lost messages again"):
        async with world.running() as hub, world.client(hub, "rs.contact") as rs:
            taken = [(await rs.submit(each))[0] for each in lost]
            size = latest(world, hub).size
    if taken != [201] * messages or size != promised.size + messages:
        raise RuntimeError("a lost message was not taken again, or a size was promised twice")


def main() -> None:
    """Run the drill in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, timed("all of it"):
        (Path(folder) / "hub").mkdir()
        asyncio.run(drill(Path(folder) / "hub", given.messages))


if __name__ == "__main__":
    main()
