"""Attachments between two nodes over the simulated hub: cut, resumed, verified, confirmed, read, erased."""

import hashlib
import random

import pytest

from nodes.config import FileSettings
from nodes.gateway.attachments import FileState
from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState
from nodes.gateway.reading import ReceivedMessage, SentMessage
from nodes.gateway.send import Faulty
from nodes.gateway.sweeping import sweep
from protocol.errors import Code, Fault
from protocol.ids import MessageId
from protocol.limits import UPLOAD_PART
from protocol.parts import PartList
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.node_files import SMALL, content, drain_downloads, drain_uploads, files_of, queue_with, rows


@pytest.fixture
def large() -> bytes:
    """Three parts and a bit, nothing repeated."""
    return random.Random(7).randbytes(3 * UPLOAD_PART + 5_000)


async def test_files_arrive_whole_and_only_then_the_hand_over_is_confirmed(world: TestWorld, large: bytes) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, large, SMALL)
        assert not world.hub.stored
        await drain_uploads(skopje)
        await belgrade.take()
        await belgrade.post()
        await skopje.take()
        shown = await belgrade.gateway.reading.open(message)
        assert isinstance(shown, ReceivedMessage)
        assert shown.row.state is InState.ACCEPTED, shown.row.decision
        assert [each.state for each in await rows(belgrade, message)] == [FileState.WAITING] * 2
        sent = await skopje.gateway.reading.find(message)
        assert isinstance(sent, SentMessage)
        assert sent.row.state is OutState.ACCEPTED
        assert sent.people[0].handed_over_at is None

        await drain_downloads(belgrade)
        await belgrade.post()
        await skopje.take()
        assert [each.state for each in await rows(belgrade, message)] == [FileState.HERE] * 2
        assert await content(belgrade, message) == large
        assert await content(belgrade, message, "att-01") == SMALL
        sent = await skopje.gateway.reading.find(message)
        assert isinstance(sent, SentMessage)
        assert sent.people[0].handed_over_at is not None
        assert sent.people[0].read_at is not None


async def test_an_upload_survives_cuts_and_sends_at_most_one_part_again_per_cut(world: TestWorld, large: bytes) -> None:
    async with world.machine(MK).running() as skopje:
        await queue_with(skopje, large)
        world.hub.uploads.cut_next("no", "before", "after", "before", "no")
        await drain_uploads(skopje)
        assert world.hub.stored == 1
        assert len(world.hub.calls.of("put-part")) == 4 + 2  # an answer that was lost costs nothing


async def test_a_restart_goes_on_where_the_hub_stands(world: TestWorld, large: bytes) -> None:
    files = FileSettings(slice_parts=1)
    async with world.machine(MK, files=files).running() as skopje:
        message = await queue_with(skopje, large)
        await skopje.upload()
        await skopje.upload()
        assert (await rows(skopje, message))[0].done == 2
    async with world.machine(MK, files=files).running() as skopje, world.machine(RS, files=files).running() as belgrade:
        await drain_uploads(skopje)
        assert len(world.hub.calls.of("put-part")) == 4
        await belgrade.take()
        await belgrade.download()
        await belgrade.download()
    async with world.machine(RS, files=files).running() as belgrade:
        assert (await rows(belgrade, message))[0].done == 2
        await drain_downloads(belgrade)
        assert len(world.hub.calls.of("part")) == 4
        assert await content(belgrade, message) == large


async def test_a_download_survives_cuts(world: TestWorld, large: bytes) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, large)
        await drain_uploads(skopje)
        await belgrade.take()
        world.hub.uploads.cut_next("before", "no", "after", "before")
        await drain_downloads(belgrade)
        assert len(world.hub.calls.of("part")) == 4 + 3
        assert await content(belgrade, message) == large


async def test_other_messages_pass_a_long_upload(world: TestWorld, large: bytes) -> None:
    async with world.machine(MK, files=FileSettings(slice_parts=1)).running() as skopje:
        await queue_with(skopje, large)
        await skopje.upload()
        plain = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        small = await queue_with(skopje, SMALL)
        await skopje.submit()
        assert plain in world.hub.envelopes
        await skopje.upload()
        assert small in world.hub.envelopes
        assert len(world.hub.calls.of("put-part")) == 3
        assert world.hub.stored == 2


async def test_a_lapsed_reservation_is_made_again(world: TestWorld, large: bytes) -> None:
    async with world.machine(MK, files=FileSettings(slice_parts=1)).running() as skopje:
        message = await queue_with(skopje, large)
        await skopje.upload()
        world.clock.advance(90_000)
        await skopje.gateway.network.sync.run()
        await drain_uploads(skopje)
        assert message in world.hub.envelopes
        assert len(world.hub.calls.of("reserve")) == 2
        assert len(world.hub.calls.of("put-part")) == 5


async def test_a_lost_answer_to_the_commit_is_asked_for_again(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await queue_with(skopje, SMALL)
        door = skopje.gateway.network.hub
        original = door.commit

        async def commit(asked: MessageId) -> bytes:
            world.hub.lose_next_reply()
            return await original(asked)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(door, "commit", commit)
            await skopje.upload()
        await drain_uploads(skopje)
        sent = await skopje.gateway.reading.find(message)
        assert isinstance(sent, SentMessage)
        assert sent.row.state is OutState.ACCEPTED
        assert world.hub.stored == 1


async def test_a_refusal_at_the_commit_seals_the_same_files_anew(world: TestWorld, large: bytes) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, large)
        world.hub.refuse_next(Code.NO_VALID_KEY)
        await drain_uploads(skopje)
        first = await skopje.gateway.reading.find(message)
        assert isinstance(first, SentMessage)
        assert first.row.state is OutState.REPLACED
        assert first.row.replaced_by is not None
        await sweep(skopje.gateway.store, world.clock())
        assert len(files_of(skopje)) == 1
        await belgrade.take()
        await drain_downloads(belgrade)
        assert await content(belgrade, first.row.replaced_by) == large


async def test_a_part_the_hub_altered_never_counts(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, SMALL)
        await drain_uploads(skopje)
        upload = world.hub.uploads.kept[message]
        good = upload.parts["att-00", 0]
        upload.parts["att-00", 0] = good[:-1] + bytes([good[-1] ^ 1])
        await belgrade.take()
        await belgrade.download()
        (row,) = await rows(belgrade, message)
        assert (row.state, row.code, row.done) == (FileState.WAITING, Code.ATT_HASH, 0)
        upload.parts["att-00", 0] = good
        await drain_downloads(belgrade)
        assert await content(belgrade, message) == SMALL


async def test_a_list_of_another_file_is_refused(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, SMALL)
        await drain_uploads(skopje)
        upload = world.hub.uploads.kept[message]
        other = PartList("att-00", upload.lists["att-00"].length, (hashlib.sha256(b"\x00other").digest(),))
        upload.lists["att-00"] = other
        await belgrade.take()
        await belgrade.download()
        assert (await rows(belgrade, message))[0].code is Code.ATT_HASH


async def test_a_file_that_is_gone_at_the_hub_is_told_to_the_sender(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, SMALL)
        await drain_uploads(skopje)
        del world.hub.uploads.kept[message]
        await belgrade.take()
        await belgrade.download()
        (row,) = await rows(belgrade, message)
        assert (row.state, row.code) == (FileState.WAITING, Code.NOT_FOUND)  # the hub still owes it
        world.clock.advance(91 * 86_400)
        await belgrade.download()
        await belgrade.post()
        await skopje.take()
        (row,) = await rows(belgrade, message)
        assert (row.state, row.code) == (FileState.FAILED, Code.NOT_FOUND)
        sent = await skopje.gateway.reading.find(message)
        assert isinstance(sent, SentMessage)
        assert sent.people[0].failed_at is not None
        assert sent.people[0].handed_over_at is None


async def test_a_file_that_nobody_uploaded_stops_the_message(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        told = example("MT-01/vehicle-mk", to=["rs.ilecu"], attachments=[{"id": "00" * 16}])
        found = await skopje.send(told)
        assert isinstance(found, Faulty)
        assert [(each.path, each.code) for each in found.faults] == [("/attachments/0/id", "UNKNOWN_FILE")]
        asked = example("MT-01/vehicle-mk", to=["rs.ilecu"])
        asked["document"]["attachments"] = [
            {
                "part": "att-00",
                "name": "x.pdf",
                "media_type": "application/pdf",
                "size": 1,
                "sha256": "00" * 32,
                "category": "CA",
            }
        ]
        found = await skopje.send(asked)
        assert isinstance(found, Faulty)
        assert [each.code for each in found.faults] == ["ATT_MISSING"]


async def test_a_message_that_fails_to_seal_gives_its_number_back(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        file = await skopje.stash(SMALL)
        for path in files_of(skopje):
            path.write_bytes(path.read_bytes()[:-1] + b"x")
        with pytest.raises(Fault, match="BODY_DECRYPT"):
            await skopje.send(example("MT-01/vehicle-mk", to=["rs.ilecu"], attachments=[file]))
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        sent = await skopje.gateway.reading.find(message)
        assert isinstance(sent, SentMessage)
        assert sent.people[0].sequence == 1


async def test_an_empty_file_travels_too(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await queue_with(skopje, b"")
        await drain_uploads(skopje)
        await belgrade.take()
        await drain_downloads(belgrade)
        assert await content(belgrade, message) == b""
        assert world.hub.uploads.kept[message].files["att-00"].length > 256
