"""What lies on a node's disk for attachments: never readable, never left over, gone with its message."""

import random
from typing import Any

import pytest

from nodes.config import FileSettings
from nodes.gateway.attachments import FileState
from nodes.gateway.outbox import OutState
from nodes.gateway.reading import SentMessage
from nodes.gateway.sweeping import look_over, sweep
from protocol.errors import Code, Fault
from protocol.limits import UPLOAD_PART
from tests.simulators.node import MK, RS, TestWorld
from tests.simulators.node_files import SMALL, content, drain_downloads, drain_uploads, files_of, queue_with, rows


@pytest.fixture
def large() -> bytes:
    """Three parts and a bit, nothing repeated."""
    return random.Random(7).randbytes(3 * UPLOAD_PART + 5_000)


async def test_a_refused_message_leaves_no_file(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await queue_with(skopje, SMALL)
        world.hub.refuse_next(Code.QUOTA, Code.POLICY_DENIED)
        await drain_uploads(skopje)
        sent = await skopje.gateway.reading.find(message)
        assert isinstance(sent, SentMessage)
        assert sent.row.state is OutState.REFUSED
        await sweep(skopje.gateway.store, world.clock())
        assert files_of(skopje) == []
        assert [each.state for each in await rows(skopje, message)] == [FileState.DROPPED]


async def test_sealed_files_go_once_everybody_has_them(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await queue_with(skopje, SMALL)
        await drain_uploads(skopje)
        await sweep(skopje.gateway.store, world.clock())
        assert len(files_of(skopje)) == 1
        await belgrade.take()
        await drain_downloads(belgrade)
        await belgrade.post()
        await skopje.take()
        from nodes.gateway import outbox

        await skopje.gateway.store.database.write(lambda c: outbox.drop_envelopes(c, world.clock()))
        await sweep(skopje.gateway.store, world.clock())
        assert files_of(skopje) == []


async def test_nothing_readable_lies_on_the_disk(world: TestWorld) -> None:
    secret = b"a sentence that must never lie on a disk" * 50
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.stash(secret, "waiting.pdf")
        await queue_with(skopje, secret)
        await drain_uploads(skopje)
        await belgrade.take()
        await drain_downloads(belgrade)
        raw = [
            path.read_bytes()
            for node in (skopje, belgrade)
            for path in node.machine.folder.rglob("*")
            if path.is_file()
        ]
        assert len(raw) > 6
        assert not any(secret[:40] in each or b"waiting.pdf" in each for each in raw)


async def test_a_range_opens_the_segments_it_touches_only(world: TestWorld, large: bytes) -> None:
    async with world.machine(MK).running() as skopje:
        message = await queue_with(skopje, large)
        found = await skopje.gateway.saving.find(message, "att-00")
        assert found is not None
        assert found.stored is not None
        read = skopje.gateway.saving.read
        for start, end in ((0, 1), (1_048_000, 1_049_000), (len(large) - 3, len(large)), (5, 5)):
            assert b"".join([each async for each in read(found.stored, start, end)]) == large[start:end]
        with pytest.raises(ValueError, match="range"):
            [each async for each in read(found.stored, 0, len(large) + 1)]


async def test_erasing_a_message_erases_its_files(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, SMALL, erase_by=world.clock() + 86_400 * 3)
        await drain_uploads(skopje)
        await belgrade.take()
        await drain_downloads(belgrade)
        assert len(files_of(belgrade)) == 1
        world.clock.advance(86_400 * 4)
        assert await belgrade.gateway.rotation.erase_content() == 1
        await sweep(belgrade.gateway.store, world.clock())
        assert files_of(belgrade) == []
        found = await belgrade.gateway.saving.find(message, "att-00")
        assert found is not None
        assert found.stored is None


async def test_a_start_drops_left_overs_and_names_what_is_missing(world: TestWorld, large: bytes) -> None:
    machine = world.machine(RS, files=FileSettings(slice_parts=2))
    async with machine.running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, large)
        await drain_uploads(skopje)
        await belgrade.take()
        await belgrade.download()
        (path,) = files_of(belgrade)
        with path.open("r+b") as file:
            file.truncate(UPLOAD_PART + 17)
        (belgrade.machine.folder / "attachments" / ("ab" * 16)).write_bytes(b"left over")
        await look_over(belgrade.gateway.store, world.clock())
        assert files_of(belgrade) == [path]
        assert (await rows(belgrade, message))[0].done == 1
        await drain_downloads(belgrade)
        assert await content(belgrade, message) == large
        path.unlink()
        await look_over(belgrade.gateway.store, world.clock())
        status = await belgrade.gateway.store.database.read(lambda c: [each.code for each in _alarms(c)])
        assert Code.ATT_MISSING.value in status
        with pytest.raises(Fault, match="ATT_MISSING"):
            await content(belgrade, message)


def _alarms(connection: Any) -> Any:
    from nodes.gateway.alarms import alarms

    return alarms(connection)


async def test_a_waiting_file_lapses(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        await skopje.stash(SMALL)
        assert len(files_of(skopje)) == 1
        world.clock.advance(90_000)
        assert await sweep(skopje.gateway.store, world.clock()) == 1
        assert files_of(skopje) == []


async def test_a_returned_message_takes_its_files_along(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, SMALL)
        await drain_uploads(skopje)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(belgrade.gateway.judge, "opened", _hold)
            await belgrade.take()
        await belgrade.download()
        assert await belgrade.gateway.saving.find(message, "att-00") is None
        await belgrade.gateway.holding.give_back(message, "not for us")
        await sweep(belgrade.gateway.store, world.clock())
        assert files_of(belgrade) == []


async def _hold(opened: Any, leaf: Any) -> Any:
    from nodes.gateway import gate

    return gate.hold_invalid(opened, Code.UNKNOWN_FIELD)
