"""The simulated hub's attachments: reservations in memory, and cuts of transfers on order."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nodes.gateway.trouble import HubRefused, Retry
from protocol.api import Problem
from protocol.envelope import Part, parse_envelope
from protocol.errors import Code
from protocol.ids import MessageId, NodeId
from protocol.parts import PartList, parse_part_list, part_count, verify_part, verify_part_list
from protocol.uploads import HeldParts, UploadState, encode_upload, no_parts
from runtime.http_client import Sink, Stream

if TYPE_CHECKING:
    from tests.simulators.hub import HubSimulator

RESERVED_S = 86_400


@dataclass
class Upload:
    """One message that waits for its attachments, or has them."""

    node: NodeId
    raw: bytes
    until: int
    files: dict[str, Part]
    lists: dict[str, PartList] = field(default_factory=dict)
    parts: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def state(self) -> UploadState:
        return UploadState(self.until, tuple(self._held(self.files[name]) for name in sorted(self.files)))

    def _held(self, part: Part) -> HeldParts:
        count = part_count(part.length)
        held = HeldParts(part.name, part.name in self.lists, count, no_parts(count))
        for index in [index for name, index in self.parts if name == part.name]:
            held = held.with_part(index)
        return held


@dataclass
class Uploads:
    """All reservations of one hub. ``cuts`` tells of the next transfers whether they are cut and when."""

    hub: "HubSimulator"
    reserved: dict[MessageId, Upload] = field(default_factory=dict)
    kept: dict[MessageId, Upload] = field(default_factory=dict)
    cuts: list[str] = field(default_factory=list)

    def cut_next(self, *cuts: str) -> None:
        """Cut the next transfers of parts: each ``before`` it has an effect, ``after`` it, or not at all (``no``)."""
        self.cuts += cuts

    def reserve(self, node: NodeId, raw: bytes) -> bytes | None:
        """Expect the attachments of a message; return the evidence if it is accepted already."""
        envelope = parse_envelope(raw)
        if envelope.id in self.hub.envelopes:
            return self.hub.logged(envelope.id)
        files = {part.name: part for part in envelope.manifest.parts if not part.inline}
        now = self.hub.clock()
        found = self.reserved.get(envelope.id)
        if found is None or found.until <= now:
            self.reserved[envelope.id] = Upload(node, raw, now + RESERVED_S, files)
        return None

    def find(self, message: MessageId, node: NodeId) -> Upload:
        """Return a reservation of a node that has not lapsed."""
        found = self.reserved.get(message)
        if found is None or found.node != node or found.until <= self.hub.clock():
            raise HubRefused(Problem(Code.NOT_FOUND, self.hub.clock()))
        return found

    def commit(self, message: MessageId, node: NodeId) -> bytes:
        """Accept a reserved message that is complete."""
        if message in self.hub.envelopes:
            return self.hub.logged(message)
        upload = self.find(message, node)
        if not upload.state().complete:
            raise HubRefused(Problem(Code.PART_MISSING, self.hub.clock()))
        self.kept[message] = self.reserved.pop(message)
        return self.hub.accept(node, upload.raw)

    def attached(self, message: MessageId) -> Upload:
        """Return the attachments of an accepted message."""
        found = self.kept.get(message)
        if found is None:
            raise HubRefused(Problem(Code.NOT_FOUND, self.hub.clock()))
        return found

    def cut(self) -> str:
        """Cut a transfer that was ordered to be cut before it has an effect; return the order."""
        cut = self.cuts.pop(0) if self.cuts else "no"
        if cut == "before":
            raise Retry(Code.NOT_READY, "cut")
        return cut


class AttachmentDoor:
    """One node's way to its uploads and downloads; ``Door`` is the rest of it."""

    hub: "HubSimulator"
    node: NodeId

    async def reserve(self, message: MessageId, envelope: bytes) -> bytes | None:
        self._enter("reserve", message.hex())
        self._refuse()
        found = self.hub.uploads.reserve(self.node, envelope)
        return found if found is None else self._leave(found)

    async def upload(self, message: MessageId) -> bytes:
        self._enter("upload", message.hex())
        return self._leave(encode_upload(self.hub.uploads.find(message, self.node).state()))

    async def put_part_list(self, message: MessageId, name: str, raw: bytes) -> None:
        self._enter("put-part-list", name)
        upload = self.hub.uploads.find(message, self.node)
        parts = parse_part_list(raw)
        verify_part_list(parts, upload.files[name])
        upload.lists[name] = parts

    async def put_part(self, message: MessageId, name: str, index: int, data: Stream) -> None:
        self._enter("put-part", f"{name}/{index}")
        cut = self.hub.uploads.cut()
        upload = self.hub.uploads.find(message, self.node)
        content = b"".join([piece async for piece in data.pieces()])
        assert len(content) == data.size
        verify_part(upload.lists[name], index, content)
        upload.parts[name, index] = content
        if cut == "after":
            raise Retry(Code.NOT_READY, "cut")

    async def commit(self, message: MessageId) -> bytes:
        self._enter("commit", message.hex())
        self._refuse()
        return self._leave(self.hub.uploads.commit(message, self.node))

    async def part_list(self, message: MessageId, name: str) -> bytes:
        self._enter("part-list", name)
        return self._leave(self.hub.uploads.attached(message).lists[name].encode())

    async def part(self, message: MessageId, name: str, index: int, sink: Sink) -> None:
        self._enter("part", f"{name}/{index}")
        cut = self.hub.uploads.cut()
        found = self._leave(self.hub.uploads.attached(message).parts[name, index])
        if cut == "after":
            await sink(found[: len(found) // 3])
            raise Retry(Code.NOT_READY, "cut")
        for at in range(0, len(found), 100_000):
            await sink(found[at : at + 100_000])

    def _enter(self, verb: str, subject: str) -> None:
        raise NotImplementedError

    def _refuse(self) -> None:
        raise NotImplementedError

    def _leave(self, answer: bytes) -> bytes:
        raise NotImplementedError
