"""What is tried with attachments, their parts and their names, by attack number."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from hub.config import AttachmentSettings
from protocol.api import parse_problem
from protocol.attachments import find_attachments, match_attachments
from protocol.envelope import Part
from protocol.errors import Code, Fault, Malformed
from protocol.file_names import check_name
from protocol.floe_stream import StreamOpener
from protocol.limits import MAX_ATTACHMENTS, MAX_PART_LIST, MAX_UPLOAD_PARTS, UPLOAD_PART
from protocol.parts import PartList, parse_part_list, verify_part, verify_part_list
from protocol.seal import Prepared
from protocol.uploads import parse_upload
from runtime.http import HttpSettings
from tests.simulators.attached import Attached, Uploader, attach, rows_of, seal_file
from tests.simulators.hub_world import Client, World
from tests.simulators.network import MK, RS
from tests.simulators.refusal import refused

BIG = os.urandom(1 << 16) * 150  # 9.4 MiB: two parts


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


def prepared() -> Prepared:
    return Prepared(b"core", b"n" * 16, (), (), (), b"k" * 32)


async def code(answer) -> Code | None:
    status, body = await answer
    return None if status < 400 else parse_problem(body).code


async def reserved(client: Client, message: Attached) -> Uploader:
    up = Uploader(client, message)
    assert (await up.reserve())[0] == 202
    return up


def stored(world: World) -> list[Path]:
    """Every file of the part store, half-written ones included."""
    return [path for path in (world.folder / "attachments").rglob("*") if path.is_file()]


async def test_attack_009_an_upload_cut_at_a_part_boundary_is_missed(world: World) -> None:
    message = attach(world.senders, RS, (MK,), BIG)
    whole = message.sealed["att-00"].list
    cut = PartList("att-00", UPLOAD_PART, whole.leaves[:1])
    short = PartList("att-00", whole.length, whole.leaves[:1])
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = await reserved(rs, message)
        for wrong in (cut, short):
            assert await code(rs.put(f"{up.base}/att-00", wrong.encode())) is Code.ATT_LENGTH
        await up.put_list()
        await up.put_part(0)
        assert await code(up.put_part(1, data=message.sealed["att-00"].part(1)[:-1])) is Code.ATT_LENGTH
        assert await code(up.commit()) is Code.ATT_MISSING
        assert len(stored(world)) == 1


async def test_attack_010_parts_exchanged_or_repeated_are_seen(world: World) -> None:
    message = attach(world.senders, RS, (MK,), BIG + BIG)
    sealed = message.sealed["att-00"]
    first, second, last = sealed.list.leaves
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = await reserved(rs, message)
        for leaves in ((second, first, last), (first, first, last)):
            wrong = replace(sealed.list, leaves=leaves)
            assert await code(rs.put(f"{up.base}/att-00", wrong.encode())) is Code.ATT_HASH
        await up.put_list()
        assert await code(up.put_part(1, data=sealed.part(0))) is Code.ATT_HASH
        assert parse_upload((await up.state())[1]).attachments[0].missing == (0, 1, 2)
    assert stored(world) == []


def test_attack_011_a_million_tiny_parts_are_too_many() -> None:
    many = PartList("att-00", 1 << 30, (b"h" * 32,) * (MAX_UPLOAD_PARTS + 1))
    with refused(Code.TOO_MANY_PARTS):
        parse_part_list(many.encode())
    with refused(Code.TOO_LARGE):
        parse_part_list(bytes(MAX_PART_LIST + 1))


async def test_attack_011_one_node_cannot_take_every_place(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    other = attach(world.senders, MK, (RS,), b"content")
    one = AttachmentSettings(transfers_per_node=1)
    async with (
        world.running(attachments=one) as hub,
        world.client(hub, "rs.contact") as rs,
        world.client(hub, "mk.contact") as mk,
    ):
        up, mine = await reserved(rs, message), await reserved(mk, other)
        await up.put_list()
        await mine.put_list()
        with hub.parts.services.uploads.transfers.slot(RS.node):
            assert await code(up.put_part()) is Code.RATE_LIMITED
            assert (await mine.put_part())[0] == 204
        assert (await up.put_part())[0] == 204


async def test_attack_011_a_body_that_drips_is_cut(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    fast = HttpSettings(
        host="127.0.0.1", port=0, balancer_wait_s=0.0, shutdown_s=5.0, body_grace_s=0.1, min_rate_bytes=1 << 30
    )
    async with world.running(listen=fast) as hub, world.client(hub, "rs.contact") as rs:
        up = await reserved(rs, message)
        await up.put_list()
        async with half_sent(world, hub.port, f"{up.base}/att-00/0") as reader:
            answer = await reader.read()
    assert b"503" in answer.split(b"\r\n")[0]
    assert stored(world) == []


@contextlib.asynccontextmanager
async def half_sent(world: World, port: int, path: str) -> AsyncIterator[asyncio.StreamReader]:
    """Send the head of a part and some of its bytes; hang up at the end of the block."""
    reader, writer = await asyncio.open_connection("localhost", port, ssl=world.client_tls("rs.contact"))
    writer.write(f"PUT {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: 400\r\n\r\n".encode() + bytes(100))
    await writer.drain()
    try:
        yield reader
    finally:
        writer.close()


async def test_attack_024_attachments_that_are_not_there_are_missed(world: World) -> None:
    first, second = (find_attachments(rows_of(number, b"content"))[0] for number in (0, 1))
    parts = [Part(each.part, each.sealed_length, b"r" * 32) for each in (first, second)]
    assert len(match_attachments((first, second), parts)) == 2
    with refused(Code.ATT_MISSING):
        match_attachments((first, second), parts[:1])
    with pytest.raises(Malformed):
        match_attachments((first,), parts)
    message = attach(world.senders, RS, (MK,), b"one", b"two")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = await reserved(rs, message)
        await up.put_list("att-00")
        await up.put_part(0, "att-00")
        assert await code(up.commit()) is Code.ATT_MISSING


async def test_attack_025_exchanged_attachments_are_seen(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"one", b"two")
    one, two = message.sealed["att-00"], message.sealed["att-01"]
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = await reserved(rs, message)
        assert await code(rs.put(f"{up.base}/att-00", two.list.encode())) is Code.ATT_HASH
        renamed = replace(two.list, name="att-00")
        assert await code(rs.put(f"{up.base}/att-00", renamed.encode())) is Code.ATT_HASH
        await up.put_list()
        assert await code(up.put_part(0, data=two.part(0))) is Code.ATT_HASH
    with refused(Code.ATT_HASH):
        verify_part_list(two.list, one.list.part)
    with refused(Code.ATT_HASH):
        verify_part(one.list, 0, two.part(0))


def test_attack_025_with_matching_hashes_the_key_does_not_fit() -> None:
    holder = prepared()
    other = seal_file(holder, "att-01", b"content")
    opener = StreamOpener(*holder.opening("att-00"), other.list.length)
    with refused(Code.COMMITMENT):
        list(opener.update(other.ciphertext))


async def test_attack_045_more_bytes_than_signed_are_not_stored(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = await reserved(rs, message)
        await up.put_list()
        assert await code(up.put_part(data=message.sealed["att-00"].part(0) + b"x")) is Code.ATT_LENGTH
        assert await code(up.put_part(data=bytes(UPLOAD_PART + 1))) is Code.TOO_LARGE
        assert await code(up.put_part(index=1)) is Code.NOT_FOUND
        assert parse_upload((await up.state())[1]).attachments[0].missing == (0,)
    assert stored(world) == []


NAMES = [
    "../../x",
    "..",
    ".",
    "/etc/passwd",
    "C:\\boot.ini",
    "a/b",
    "a\\b",
    "a:b",
    "nul\x00l.pdf",
    "bell\x07.pdf",
    "line\nbreak",
    "del\x7f",
    "next\x85line",
    "exe\u202efdp.scr",
    "\u202ainvoice\u202c.pdf",
    "\u2066x\u2069.pdf",
    "\u200fx.pdf",
    "zero\u200bwidth.pdf",
    "byte\ufefforder",
    "soft\u00adhyphen",
    "tag\U000e0041",
    "separator\u2028line",
    "filler\u3164",
    "half\ud800",
    "hidden\ufdd0",
    ".profile",
    "trailing.",
    " leading",
    "trailing ",
    "\u00a0nbsp",
    "CON",
    "con.txt",
    "Aux.tar.gz",
    "COM1",
    "lpt9.pdf",
    "com¹.txt",
    "NUL .txt",
    "CONOUT$",
    "",
    "x" * 201,
    "ш" * 101,
    "e\u0301.pdf",
    'quo"te',
    "what?",
    "a*b",
    "a|b",
    "<tag>",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_attack_050_a_misleading_name_is_rejected(name: str) -> None:
    with refused(Code.NAME_REJECTED):
        check_name(name)
    with pytest.raises(Fault) as caught:
        find_attachments(rows_of(0, b"content", name=name))
    assert caught.value.code is Code.NAME_REJECTED


@pytest.mark.parametrize(
    "name", ["report.pdf", "Извештај 4 (копија).docx", "ђак-ёлка.txt", "conference.pdf", "x" * 200, "a..b", "名前.txt"]
)
def test_honest_names_are_taken(name: str) -> None:
    check_name(name)
    assert find_attachments(rows_of(0, b"content", name=name))[0].file_name == name


def test_attack_107_too_many_attachments_are_too_large() -> None:
    rows = [row for number in range(MAX_ATTACHMENTS + 1) for row in rows_of(number, b"")]
    with refused(Code.TOO_LARGE):
        find_attachments(rows)


async def test_lesson_33_a_sender_that_hangs_up_leaves_nothing_readable(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = await reserved(rs, message)
        await up.put_list()
        transfers = hub.parts.services.uploads.transfers
        async with half_sent(world, hub.port, f"{up.base}/att-00/0"):
            while not stored(world):  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0)
            assert transfers.busy == 1
        while transfers.busy:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)
        assert stored(world) == []
        assert parse_upload((await up.state())[1]).attachments[0].missing == (0,)
        assert (await up.put_part())[0] == 204
        assert (await up.commit())[0] == 201


async def test_lesson_33_a_hub_killed_in_the_middle_removes_what_was_half_written(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.client_of("rs.contact") as connect:
        async with world.running() as hub:
            await reserved(connect(hub), message)
        left = world.folder / "attachments" / ".partial" / ("0" * 32)
        left.write_bytes(b"half a part")
        async with world.running() as hub:
            assert not left.exists()
            up = Uploader(connect(hub), message)
            await up.put_all()
            assert (await up.commit())[0] == 201


@contextlib.asynccontextmanager
async def asked(world: World, port: int, path: str) -> AsyncIterator[asyncio.StreamReader]:
    """Ask for a part as its recipient, and read nothing yet."""
    reader, writer = await asyncio.open_connection("localhost", port, ssl=world.client_tls("mk.contact"), limit=1)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: hub\r\n\r\n".encode())
    await writer.drain()
    try:
        yield reader
    finally:
        writer.transport.abort()


async def test_attack_011_a_reader_that_does_not_read_is_cut(world: World) -> None:
    message = attach(world.senders, RS, (MK,), BIG)
    path = f"/v1/messages/{message.envelope.id.hex()}/parts/att-00/0"
    fast = HttpSettings(
        host="127.0.0.1", port=0, balancer_wait_s=0.0, shutdown_s=5.0, body_grace_s=0.5, min_rate_bytes=1 << 30
    )
    async with world.client_of("rs.contact") as connect:
        async with world.running() as hub:
            await Uploader(connect(hub), message).send()
        async with world.running(listen=fast) as hub, asked(world, hub.port, path) as reader:
            transfers = hub.parts.services.downloads.transfers
            while not transfers.busy:  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0)
            while transfers.busy:  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0)
            with contextlib.suppress(ConnectionError):
                assert len(await reader.read(-1)) < UPLOAD_PART


async def test_a_part_cut_short_in_the_store_is_not_passed_off_as_whole(world: World) -> None:
    message = attach(world.senders, RS, (MK,), BIG)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await Uploader(rs, message).send()
        for path in stored(world):
            os.truncate(path, 1_000)
        with pytest.raises(aiohttp.ClientError):
            await mk.get(f"/v1/messages/{message.envelope.id.hex()}/parts/att-00/0")
