"""Attachment files in constant memory: plaintext into the stash, stash into sealed parts, sealed parts into plaintext.

Everything on disk is a FLOE ciphertext. All calls block and belong into a thread.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from nodes.gateway.file_room import FileRoom
from nodes.gateway.file_secrets import FileSecret
from protocol.attachments import pad_pieces, trim_pieces
from protocol.errors import Code, Fault
from protocol.floe_stream import RangeOpener, StreamSealer
from protocol.parts import PartList, PartListBuilder
from protocol.ports import Entropy

_KEY: Final = 32
_STASH: Final = b"stash "  # what a stashed file is bound to: no sealed part has additional data like it


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the room: its name there, the length of its ciphertext in bytes, and what opens it."""

    file: str
    length: int
    secret: FileSecret


@dataclass(frozen=True, slots=True)
class SealTo:
    """Where a file is sealed to: the part's name, its key and additional data, and the new file's name."""

    part: str
    opening: tuple[bytes, bytes]
    file: str


class StashWriter:
    """Takes a plaintext of unknown length piece by piece into a file under a fresh key."""

    def __init__(self, out: BinaryIO, file: str, entropy: Entropy) -> None:
        self._out = out
        self._file = file
        self._key = entropy(_KEY)
        self._aad = _STASH + file.encode()
        self._sealer = StreamSealer(self._key, self._aad, entropy)
        self._hash = hashlib.sha256()
        self._size = 0
        self._length = out.write(self._sealer.header)

    def update(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._hash.update(piece)
        self._size += len(piece)
        self._length += self._out.write(self._sealer.update(piece))

    def finish(self, name: str, media_type: str) -> StoredFile:
        """Return the file as it is kept; its creator makes it durable."""
        self._length += self._out.write(self._sealer.finish())
        secret = FileSecret(self._key, self._aad, name, media_type, self._size, self._hash.digest())
        return StoredFile(self._file, self._length, secret)


def seal_file(room: FileRoom, source: StoredFile, to: SealTo, entropy: Entropy) -> PartList:
    """Return the list of parts of ``source``, whose content stands sealed in a new, durable file.

    Refuses what does not open, ATT_LENGTH for another size than told, DISK_FULL; then there is no new file.
    """
    sealer, builder = StreamSealer(*to.opening, entropy), PartListBuilder()
    size = source.secret.size
    with room.open(source.file) as raw, room.create(to.file) as out:
        pieces = _opener(raw, source).read(0, size)

        def put(sealed: bytes) -> None:
            out.write(sealed)
            builder.update(sealed)

        put(sealer.header)
        for piece in pad_pieces(pieces, size):
            room.check_open()
            put(sealer.update(piece))
        put(sealer.finish())
    return builder.finish(to.part)


def read_range(raw: BinaryIO, stored: StoredFile, start: int, end: int) -> Iterator[bytes]:
    """Yield the true content from ``start`` to ``end`` (exclusive), each segment verified before it is released."""
    if not 0 <= start <= end <= stored.secret.size:
        raise ValueError("a range outside the file")
    return _opener(raw, stored).read(start, end)


def check_file(room: FileRoom, stored: StoredFile) -> None:
    """Raise unless every segment opens, the padding is the agreed one, and the content has the digest told of it.

    COMMITMENT, BODY_DECRYPT, PADDING or ATT_HASH; nothing of the content leaves this function.
    """
    digest = hashlib.sha256()
    with room.open(stored.file) as raw:
        opener = _opener(raw, stored)
        for piece in trim_pieces(opener.read(0, opener.size), stored.secret.size):
            room.check_open()
            digest.update(piece)
    if digest.digest() != stored.secret.sha256:
        raise Fault(Code.ATT_HASH, "content")


def _opener(raw: BinaryIO, stored: StoredFile) -> RangeOpener:
    def read_at(offset: int, size: int) -> bytes:
        raw.seek(offset)
        return raw.read(size)

    return RangeOpener(stored.secret.opening, stored.length, read_at)
