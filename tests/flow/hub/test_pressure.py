"""Many senders at once, some give up, and commits fail now and then: nobody waits for ever and nothing is lost."""

import asyncio
import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hub.admin import Health
from hub.app import Hub
from hub.submissions import Answer, submit
from protocol.envelope import Envelope
from protocol.errors import Code, Fault
from runtime.database_settings import Hooks
from runtime.lifecycle import Lifecycle
from runtime.writer import Writer
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


async def test_a_checkpoint_that_finds_no_place_in_the_queue_is_made_by_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    await world.found()

    def full(*_: object) -> None:
        raise Fault(Code.BUSY)

    async with world.running() as hub:
        monkeypatch.setattr(hub.database, "queue", full)
        async with asyncio.timeout(LONGEST_S):
            first = await deliver(hub, world.senders.seal(RS, MK))
            second = await deliver(hub, world.senders.seal(RS, MK))
        log = hub.parts.message_log
        assert first.fresh
        assert second.fresh
        assert log.latest is not None
        assert (log.latest.size, log._waiters) == (2, [])


@dataclass
class Holding:
    """The first commit waits until it is let go."""

    inside: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    items: list[int] = field(default_factory=list)

    def before_commit(self) -> None:
        self.inside.set()
        self.go.wait(LONGEST_S)

    def let_go_after_the_next(self, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
        put = writer.put

        def put_and_let_go(*what: Any) -> Any:
            entry = put(*what)
            self.go.set()
            return entry

        monkeypatch.setattr(writer, "put", put_and_let_go)


async def test_a_batch_shares_its_commit_with_the_checkpoint_of_the_batch_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, holding = World(tmp_path), Holding()
    await world.found()
    one, two = (world.senders.seal(RS, MK) for _ in range(2))
    async with world.running() as hub, asyncio.timeout(LONGEST_S):
        hub.database._writer._hooks = Hooks(
            before_commit=holding.before_commit, on_commit=lambda items, _: holding.items.append(items)
        )
        first = asyncio.create_task(deliver(hub, one))
        await asyncio.to_thread(holding.inside.wait, LONGEST_S)
        holding.let_go_after_the_next(hub.database._writer, monkeypatch)
        second = asyncio.create_task(deliver(hub, two))
        assert [each.fresh for each in await asyncio.gather(first, second)] == [True, True]
    assert 2 in holding.items
