"""A scanner looks at every file in the background: what it found is stored, and silence is never taken for clean."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from nodes.config import ScannerSettings
from nodes.gateway.alarms import alarms
from nodes.gateway.attachments import find_stashed
from nodes.gateway.scan_clamd import Clamd
from nodes.gateway.scan_engines import answers, engine_of
from nodes.gateway.scan_icap import Icap
from nodes.gateway.scan_line import Place
from nodes.gateway.scan_results import NOT_SCANNED, FileScan, ScanState, forget_gone, scan_of
from nodes.gateway.scanning import Engine, ScanFailed, Scanning
from nodes.gateway.send import Faulty
from runtime.log import Log
from tests.simulators.node import RS, TestGateway, TestWorld, example
from tests.simulators.scanners import EICAR, NAME, Scanner, clamd, icap, running

CLEAN = b"A photograph of a van. " * 9_000
LARGEST = 1 << 20


@pytest.fixture
async def node(world: TestWorld) -> AsyncIterator[TestGateway]:
    async with world.machine(RS).running() as gateway:
        yield gateway


def place(scanner: Scanner, answer_s: float = 30.0) -> Place:
    return Place("127.0.0.1", scanner.port, 30.0, answer_s)


def scanning(node: TestGateway, engine: Engine) -> Scanning:
    return Scanning(node.gateway, engine, Log(io.StringIO(), node.gateway.here.clock, bytes(32)))


async def taken(node: TestGateway, content: bytes) -> bytes:
    """Take a file in as the desk does; return its id."""
    return bytes.fromhex((await node.stash(content, "photo.jpg", "application/octet-stream"))["id"])


async def result(node: TestGateway, file: bytes) -> FileScan:
    def load(connection: Connection) -> FileScan:
        row = find_stashed(connection, file)
        assert row is not None
        return scan_of(connection, row.file)

    return await node.gateway.store.database.read(load)


async def test_clamd_tells_clean_from_infected(node: TestGateway) -> None:
    async with running(clamd) as scanner:
        good, bad = await taken(node, CLEAN), await taken(node, b"before " + EICAR)
        assert await result(node, good) == NOT_SCANNED
        await scanning(node, Clamd(place(scanner), LARGEST)).turn()
        assert (await result(node, good)).state is ScanState.CLEAN
        found = await result(node, bad)
        assert found.infected
        assert found.threat == NAME
        assert sorted(scanner.seen, key=len) == [b"before " + EICAR, CLEAN], "the plain content, once each"
        await scanning(node, Clamd(place(scanner), LARGEST)).turn()
        assert len(scanner.seen) == 2, "nothing is asked twice"


async def test_a_message_does_not_go_with_malware_by_any_door(node: TestGateway) -> None:
    async with running(clamd) as scanner:
        bad = await node.stash(b"before " + EICAR, "photo.jpg", "image/jpeg")
        await scanning(node, Clamd(place(scanner), LARGEST)).turn()
    found = await node.send(example("MT-01/vehicle-mk", to=["mk.ilecu"], attachments=[bad]))
    assert isinstance(found, Faulty)
    assert [(each.path, each.code) for each in found.faults] == [("/attachments/0/id", "INFECTED")]


async def test_clamd_behind_a_socket_of_this_machine(node: TestGateway, tmp_path: Path) -> None:
    scanner, path = Scanner(), str(tmp_path / "clamd.sock")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await clamd(scanner)(reader, writer)
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        engine = engine_of(ScannerSettings(f"unix:{path}"))
        assert engine is not None
        bad = await taken(node, EICAR)
        await scanning(node, engine).turn()
        assert (await result(node, bad)).infected
        assert await answers(ScannerSettings(f"unix:{path}")) is True
    finally:
        server.close()
        await server.wait_closed()
    assert await answers(ScannerSettings(f"unix:{path}")) is False
    assert await answers(ScannerSettings()) is None


async def test_an_icap_service_tells_clean_from_infected(node: TestGateway) -> None:
    async with running(icap) as scanner:
        good, bad = await taken(node, CLEAN), await taken(node, EICAR)
        await scanning(node, Icap(place(scanner), "avscan", LARGEST)).turn()
        assert (await result(node, good)).state is ScanState.CLEAN
        assert (await result(node, bad)).threat == NAME
        assert sorted(scanner.seen, key=len) == [EICAR, CLEAN]
        head = scanner.heads[0].decode()
        assert "RESPMOD icap://127.0.0.1" in head
        assert "/avscan ICAP/1.0" in head
        assert "Allow: 204" in head
        assert "photo" not in head, "the name of the file is nobody's business there"


BLOCKED = b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=27\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n"
CHANGED = b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (BLOCKED, "unnamed"),
        (b"ICAP/1.0 200 OK\r\nX-Virus-ID: Evil.Thing\r\n\r\n", "Evil.Thing"),
        (CHANGED, None),
        (b"ICAP/1.0 200 OK\r\n\r\n", None),
        (b"ICAP/1.0 404 Not Found\r\n\r\n", None),
        (b"HTTP/1.1\r\n\r\n", None),
        (b"ICAP/1.0 204 No Content\r\nbroken\r\n\r\n", None),
        (b"", None),
    ],
)
async def test_an_icap_answer_is_a_verdict_or_a_failure(answer: bytes, expected: str | None) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"content"

    async with running(icap) as scanner:
        scanner.answer = answer
        engine = Icap(place(scanner), "avscan", LARGEST)
        if expected is None:
            with pytest.raises(ScanFailed):
                await engine.scan(pieces(), 7)
        else:
            assert await engine.scan(pieces(), 7) == expected


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK", b"\xff\0"])
async def test_a_clamd_that_says_something_else_has_failed(answer: bytes) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"content"

    async with running(clamd) as scanner:
        scanner.answer = answer
        with pytest.raises(ScanFailed):
            await Clamd(place(scanner), LARGEST).scan(pieces(), 7)


async def test_silence_and_a_scanner_that_is_not_there_are_failures_and_asked_again(
    node: TestGateway, world: TestWorld
) -> None:
    async with running(clamd) as scanner:
        scanner.silent = True
        file = await taken(node, CLEAN)
        await scanning(node, Clamd(place(scanner, answer_s=0.05), LARGEST)).turn()
        assert (await result(node, file)).state is ScanState.FAILED
        gone = place(scanner)
    for tries in (2, 3):
        world.clock.advance(4_000)
        await scanning(node, Clamd(gone, LARGEST)).turn()
        assert (await result(node, file)).attempts == tries
    assert "SCAN_FAILED" in {each.code for each in await node.gateway.store.database.read(alarms)}
    async with running(clamd) as scanner:
        world.clock.advance(4_000)
        await scanning(node, Clamd(place(scanner), LARGEST)).turn()
        assert (await result(node, file)).state is ScanState.CLEAN
    raised = {each.code for each in await node.gateway.store.database.read(alarms)}
    assert "SCAN_FAILED" not in raised, "it is no alarm any more"


async def test_a_part_of_a_file_is_never_clean(node: TestGateway) -> None:
    async with running(clamd) as scanner:
        scanner.hang_up = True
        file = await taken(node, CLEAN)
        await scanning(node, Clamd(place(scanner), LARGEST)).turn()
        assert (await result(node, file)).state is ScanState.FAILED


async def test_what_is_too_large_for_the_scanner_is_told_and_is_no_alarm(node: TestGateway, world: TestWorld) -> None:
    async with running(clamd) as scanner:
        file = await taken(node, CLEAN)
        await scanning(node, Clamd(place(scanner), 1_000)).turn()
        assert await result(node, file) == FileScan(ScanState.FAILED, at=node.gateway.here.clock())
        assert scanner.seen == []
        for _ in range(4):
            world.clock.advance(4_000)
            await scanning(node, Clamd(place(scanner), 1_000)).turn()
        raised = {each.code for each in await node.gateway.store.database.read(alarms)}
        assert "SCAN_FAILED" not in raised, "the scanner did nothing wrong"


async def test_results_go_with_their_files(node: TestGateway) -> None:
    async with running(clamd) as scanner:
        await taken(node, CLEAN)
        await scanning(node, Clamd(place(scanner), LARGEST)).turn()
    assert await node.gateway.store.database.write(lambda connection: forget_gone(connection, ())) == 1
