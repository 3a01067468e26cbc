"""Many senders at once, some give up, and commits fail now and then: nobody waits for ever and nothing is lost."""

import asyncio
import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.admin import Health
from hub.app import Hub
from hub.submissions import Answer, submit
from protocol.envelope import Envelope
from protocol.errors import Code, Fault
from runtime.database_settings import Hooks
from runtime.lifecycle import Lifecycle
from tests.simulators.hub_world import World
from tests.simulators.network import MK, RS

MESSAGES = 160
LONGEST_S = 60  # a lost waiter waits for ever; a slow machine does not


@dataclass
class Failing:
    """A commit that meets a locked database, every fourth time."""

    commits: int = 0
    failed: int = field(default=0)

    def before_commit(self) -> None:
        self.commits += 1
        if self.commits % 4 == 0:
            self.failed += 1
            raise sqlite3.OperationalError("database is locked")


async def deliver(hub: Hub, envelope: Envelope) -> Answer:
    """Submit as a sender does: again and again until there is an answer."""
    while True:
        try:
            found = await submit(hub.parts.services.desk, envelope.encode(), envelope.id, RS.node)
        except Fault as fault:
            if fault.code not in (Code.BUSY, Code.NOT_READY):  # both ask to come back
                raise
        else:
            assert isinstance(found, Answer)
            return found


async def impatient(hub: Hub, envelope: Envelope, turns: int) -> None:
    """Submit and hang up after some turns of the loop."""
    task = asyncio.create_task(deliver(hub, envelope))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def test_no_waiter_is_lost_under_pressure(tmp_path: Path) -> None:
    world, failing = World(tmp_path), Failing()
    await world.found()
    envelopes = [world.senders.seal(RS, MK) for _ in range(MESSAGES)]
    async with world.running() as hub:
        hub.database._writer._hooks = Hooks(before_commit=failing.before_commit)
        async with asyncio.timeout(LONGEST_S):
            gone = [impatient(hub, each, 3 * number) for number, each in enumerate(envelopes[::3])]
            *answers, _ = await asyncio.gather(*(deliver(hub, each) for each in envelopes), asyncio.gather(*gone))
            again = await asyncio.gather(*(deliver(hub, each) for each in envelopes))
        log = hub.parts.message_log
        assert [each.body for each in again] == [each.body for each in answers]
        assert failing.failed > 0
        assert (log._waiters, hub.parts.crew.depth(), hub.database.queue_depth()) == ([], 0, 0)
        assert log.latest is not None
        assert log.latest.size == log.size == MESSAGES


async def test_readiness_answers_while_the_disk_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, gate = World(tmp_path), threading.Event()
    await world.found()
    async with world.running() as hub:
        parts, lifecycle = hub.parts, Lifecycle()
        lifecycle.set_ready()
        health = Health(hub.database, (parts.directory_log, parts.message_log), lifecycle, parts.services.desk.roster)
        assert await health.ready() is None
        hub.database._writer._hooks = Hooks(before_commit=lambda: (gate.wait(LONGEST_S), None)[1])
        monkeypatch.setattr("hub.admin._HEARTBEAT_S", 0.2)
        try:
            assert await health.ready() == "slow"
        finally:
            gate.set()
