"""Both part stores keep the same promises: whole parts or none, durable when told, gone when removed."""

import asyncio
import contextlib
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.config import AttachmentSettings
from hub.part_store import PartKey, PartStore
from hub.part_stores import part_store
from protocol.api import parse_problem
from protocol.errors import Code, Fault
from protocol.limits import UPLOAD_PART
from protocol.parts import PartCheck, PartList, PartListBuilder
from runtime.database_settings import DatabaseSettings
from runtime.operator import OperatorError
from tests.simulators.attached import Uploader, attach
from tests.simulators.hub_world import World
from tests.simulators.network import MK, RS
from tests.simulators.object_store import BUCKET, ObjectStore
from tests.simulators.refusal import refused

CONTENT = os.urandom(300_000)
PLACE, OTHER = b"\x01" * 16, b"\x02" * 16
KEY = PartKey(PLACE, "att-00", 0)


def settings(server: ObjectStore, credentials: Path) -> AttachmentSettings:
    credentials.touch(0o600)
    credentials.write_text("the-key-id\nthe-secret\n", encoding="utf-8")
    return AttachmentSettings(
        store=f"s3://{BUCKET}/hub", endpoint=server.endpoint, region="eu-test-1", credentials=str(credentials)
    )


@pytest.fixture(params=["folder", "objects"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PartStore]:
    world = World(tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        changes = {}
        if request.param == "objects":
            server = await stack.enter_async_context(ObjectStore().running())
            changes["attachments"] = settings(server, tmp_path / "s3.key")
        opened = part_store(world.config(**changes))
        await opened.open()
        yield opened


def list_of(content: bytes) -> PartList:
    builder = PartListBuilder()
    builder.update(content)
    return builder.finish("att-00")


async def pieces(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def put(store: PartStore, key: PartKey = KEY, content: bytes = CONTENT) -> None:
    await store.put(key, pieces(content), PartCheck(list_of(content), 0))


async def read(store: PartStore, key: PartKey = KEY) -> bytes:
    async with store.get(key) as parts:
        return b"".join([piece async for piece in parts])


async def places(store: PartStore) -> list[bytes]:
    return sorted([place async for some in store.places() for place in some])


def files(folder: Path) -> list[Path]:
    """Every file that a store wrote on this machine."""
    return [path for path in folder.glob("attachments*/**/*") if path.is_file()]


async def test_what_was_put_is_read(store: PartStore) -> None:
    await put(store)
    await put(store, PartKey(PLACE, "att-01", 7), b"small")
    await put(store, PartKey(OTHER, "att-00", 0), b"other")
    assert await read(store) == CONTENT
    assert await places(store) == [PLACE, OTHER]
    assert await store.sizes(PLACE) == {("att-00", 0): len(CONTENT), ("att-01", 7): 5}


async def test_a_repeat_replaces(store: PartStore) -> None:
    await put(store, content=b"first")
    await put(store)
    assert await read(store) == CONTENT


async def test_what_is_removed_is_gone(store: PartStore) -> None:
    await put(store)
    await put(store, PartKey(OTHER, "att-00", 0))
    for _ in range(2):
        await store.remove(PLACE)
    with refused(Code.ATT_MISSING):
        await read(store)
    assert await places(store) == [OTHER]
    assert await store.sizes(PLACE) == {}


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT + b"x", CONTENT[::-1], b""])
async def test_what_does_not_fit_leaves_nothing(store: PartStore, wrong: bytes, tmp_path: Path) -> None:
    with pytest.raises(Fault) as caught:
        await store.put(KEY, pieces(wrong), PartCheck(list_of(CONTENT), 0))
    assert caught.value.code in (Code.ATT_LENGTH, Code.ATT_HASH)
    assert await places(store) == []
    assert files(tmp_path) == []


async def test_a_body_that_breaks_off_leaves_nothing(store: PartStore, tmp_path: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield CONTENT[:1_000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(KEY, breaking(), PartCheck(list_of(CONTENT), 0))
    assert await places(store) == []
    assert files(tmp_path) == []


async def test_a_cancelled_upload_leaves_nothing(store: PartStore, tmp_path: Path) -> None:
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield CONTENT
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(store.put(KEY, endless(), PartCheck(list_of(CONTENT * 2), 0)))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(tmp_path) == []


async def test_opening_clears_what_was_half_written(store: PartStore, tmp_path: Path) -> None:
    (folder,) = [
        each for each in (tmp_path / "attachments" / ".partial", tmp_path / "attachments.spool") if each.exists()
    ]
    (folder / "half").write_bytes(b"half")
    await put(store)
    await store.open()
    assert list(folder.iterdir()) == []
    assert await read(store) == CONTENT


async def test_a_whole_part_is_read_in_small_pieces(store: PartStore) -> None:
    content = os.urandom(1 << 16) * (UPLOAD_PART >> 16)
    await put(store, content=content)
    async with store.get(KEY) as parts:
        sizes = [len(piece) async for piece in parts]
    assert sum(sizes) == UPLOAD_PART
    assert max(sizes) <= 1 << 20


async def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    store = part_store(World(tmp_path).config())
    await store.open()
    await put(store)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "attachments").rglob("*")}
    assert modes == {0o700, 0o600}
    assert await store.room() > 0  # type: ignore[operator]  # a folder tells its room


async def test_a_full_disk_is_told_before_a_byte_is_taken(tmp_path: Path) -> None:
    world = World(tmp_path)
    full = DatabaseSettings(url=world.database_url, reserve_bytes=1 << 60)
    store = part_store(world.config(database=full))
    await store.open()
    with refused(Code.DISK_FULL):
        await put(store)


async def test_a_store_that_does_not_answer_is_busy_and_nothing_is_noted(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.found()
    message = attach(world.senders, RS, (MK,), b"content")
    async with ObjectStore().running() as server:
        attachments = settings(server, tmp_path / "s3.key")
        async with world.running(attachments=attachments) as hub, world.client(hub, "rs.contact") as rs:
            up = Uploader(rs, message)
            await up.reserve()
            await up.put_list()
            for server.failing in (403, 404, 500):
                status, body = await up.put_part()
                assert (status, parse_problem(body).code) == (503, Code.BUSY)
            server.failing = 0
            assert parse_problem((await up.commit())[1]).code is Code.ATT_MISSING
            assert (await up.put_part())[0] == 204
            assert (await up.commit())[0] == 201
        assert [key.split("/")[0] for key in server.objects] == ["hub"]
        assert all("the-key-id" in each and "the-secret" not in each for each in server.signed)


@pytest.mark.parametrize("url", ["", "attachments", "http://host/bucket", "folder://host/x", "s3:bucket", "s3://b?x=1"])
def test_a_store_that_is_not_understood_stops_the_hub(tmp_path: Path, url: str) -> None:
    with pytest.raises(OperatorError) as caught:
        part_store(World(tmp_path).config(attachments=AttachmentSettings(store=url)))
    assert caught.value.code == "STORE_URL"


def test_a_folder_elsewhere_can_be_named(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    store = part_store(World(tmp_path).config(attachments=AttachmentSettings(store=f"folder:{elsewhere}")))
    asyncio.run(store.open())
    assert elsewhere.is_dir()


def test_credentials_are_two_words(tmp_path: Path) -> None:
    file = tmp_path / "s3.key"
    file.touch(0o600)
    file.write_text("only-one\n", encoding="utf-8")
    with pytest.raises(OperatorError) as caught:
        part_store(World(tmp_path).config(attachments=AttachmentSettings(store="s3://b", credentials=str(file))))
    assert caught.value.code == "STORE_CREDENTIALS"
