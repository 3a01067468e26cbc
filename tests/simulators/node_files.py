"""A node with files: sent along, fetched, read back; the test says when."""

from pathlib import Path
from typing import Any

from nodes.gateway import attachments
from nodes.gateway.attachments import Attached
from protocol.ids import MessageId
from tests.simulators.node import TestGateway, example

SMALL = b"minutes of the hearing " * 400


async def queue_with(node: TestGateway, *contents: bytes, **changes: Any) -> MessageId:
    files = [await node.stash(each, f"file {at}.pdf") for at, each in enumerate(contents)]
    return await node.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"], attachments=files, **changes))


async def drain_uploads(node: TestGateway) -> None:
    for _ in range(30):
        await node.upload()
        node.machine.network.clock.advance(5)


async def drain_downloads(node: TestGateway) -> None:
    for _ in range(30):
        await node.download()
        node.machine.network.clock.advance(5)


async def rows(node: TestGateway, message: MessageId) -> list[Attached]:
    database = node.gateway.store.database
    return list(await database.read(lambda connection: attachments.of_message(connection, message)))


async def content(node: TestGateway, message: MessageId, part: str = "att-00") -> bytes:
    found = await node.gateway.saving.find(message, part)
    assert found is not None
    assert found.stored is not None
    pieces = [each async for each in node.gateway.saving.read(found.stored, 0, found.stored.secret.size)]
    return b"".join(pieces)


def files_of(node: TestGateway) -> list[Path]:
    return sorted((node.machine.folder / "attachments").iterdir())
