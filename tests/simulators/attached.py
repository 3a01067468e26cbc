"""Messages with attachments: their files sealed in memory, cut into parts, and brought to a hub as a sender would."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from protocol.attachments import pad_pieces
from protocol.cbor import Item
from protocol.envelope import Envelope
from protocol.fields import Field
from protocol.floe_stream import StreamSealer
from protocol.limits import UPLOAD_PART
from protocol.parts import PartList, PartListBuilder
from protocol.seal import Prepared, finish, prepare
from tests.simulators.hub_world import Client, Senders
from tests.simulators.network import Member


def rows_of(number: int, content: bytes, **changes: Item) -> tuple[Field, ...]:
    """Return the body's rows for attachment ``number``; ``changes`` replace values, None leaves a row out."""
    told: dict[str, Item] = {
        "part": f"att-{number:02}",
        "name": f"report {number}.pdf",
        "media_type": "application/pdf",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    told |= changes
    return tuple((f"/attachments/{number}/{key}", value) for key, value in told.items() if value is not None)


@dataclass(frozen=True, slots=True)
class Sealed:
    """One attachment ready to travel."""

    list: PartList
    ciphertext: bytes

    def part(self, index: int) -> bytes:
        return self.ciphertext[index * UPLOAD_PART : (index + 1) * UPLOAD_PART]

    @property
    def count(self) -> int:
        return len(self.list.leaves)


@dataclass(frozen=True, slots=True)
class Attached:
    """A sealed message and its sealed attachments by name."""

    envelope: Envelope
    sealed: Mapping[str, Sealed]


def seal_file(prepared: Prepared, name: str, content: bytes) -> Sealed:
    """Return an attachment's ciphertext and list."""
    sealer = StreamSealer(*prepared.opening(name), os.urandom)
    pieces = [sealer.header, *map(sealer.update, pad_pieces([content], len(content))), sealer.finish()]
    builder = PartListBuilder()
    for piece in pieces:
        builder.update(piece)
    return Sealed(builder.finish(name), b"".join(pieces))


def attach(senders: Senders, sender: Member, to: tuple[Member, ...], *contents: bytes, **changes: object) -> Attached:
    """Return a message from ``sender`` with these contents attached."""
    rows = [row for number, content in enumerate(contents) for row in rows_of(number, content)]
    body = (("/plate", "SK-1234-AB"), *rows)
    sealing = senders.sealing(sender, *to, body=body, **changes)
    prepared = prepare(sealing.cleared, sealing.targets, sealing.issue, os.urandom)
    sealed = {f"att-{number:02}": seal_file(prepared, f"att-{number:02}", each) for number, each in enumerate(contents)}
    parts = tuple(each.list.part for each in sealed.values())
    return Attached(finish(prepared, parts, senders.network.nodes[sender.node].identity), sealed)


@dataclass
class Uploader:
    """A sender's side of one upload, a request at a time."""

    client: Client
    message: Attached

    @property
    def base(self) -> str:
        return f"/v1/uploads/{self.message.envelope.id.hex()}"

    async def reserve(self) -> tuple[int, bytes]:
        return await self.client.submit(self.message.envelope)

    async def state(self) -> tuple[int, bytes]:
        return await self.client.get(self.base)

    async def put_list(self, name: str = "att-00") -> tuple[int, bytes]:
        return await self.client.put(f"{self.base}/{name}", self.message.sealed[name].list.encode())

    async def put_part(self, index: int = 0, name: str = "att-00", data: bytes | None = None) -> tuple[int, bytes]:
        body = self.message.sealed[name].part(index) if data is None else data
        return await self.client.put(f"{self.base}/{name}/{index}", body)

    async def put_all(self) -> None:
        for name, sealed in self.message.sealed.items():
            assert (await self.put_list(name))[0] == 204
            for index in range(sealed.count):
                assert (await self.put_part(index, name))[0] == 204

    async def commit(self) -> tuple[int, bytes]:
        return await self.client.post(f"{self.base}/commit")

    async def send(self) -> tuple[int, bytes]:
        """Reserve, upload and commit."""
        assert (await self.reserve())[0] == 202
        await self.put_all()
        return await self.commit()
