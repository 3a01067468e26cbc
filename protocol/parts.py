"""The upload parts of an attachment and the tree over them (docs/wire.md section 3.6).

An attachment's ciphertext is cut into parts of UPLOAD_PART bytes, the last one shorter. Each part is a leaf of an
RFC 6962 tree, whose root and the total length stand in the signed manifest. The list of leaf hashes travels once, is
checked against that root, and then lets every part be verified alone, in any order, before it is stored or decrypted.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from protocol.cbor import decode, encode
from protocol.envelope import Part, is_attachment
from protocol.errors import Code, Fault, Malformed
from protocol.ids import DIGEST_SIZE
from protocol.limits import MAX_ATTACHMENT, MAX_PART_LIST, MAX_UPLOAD_PARTS, UPLOAD_PART
from protocol.merkle import root_from
from protocol.shapes import as_bytes, as_fixed, as_int

_LEAF: Final = b"\x00"


@dataclass(frozen=True, slots=True)
class PartList:
    """Name, ciphertext length in bytes and leaf hashes of one attachment. Not yet checked against a manifest."""

    name: str
    length: int
    leaves: tuple[bytes, ...]

    def encode(self) -> bytes:
        """Return the bytes of the list; the hashes stand end to end in one byte string."""
        return encode([self.name, self.length, b"".join(self.leaves)])

    @property
    def part(self) -> Part:
        """What the manifest says of an attachment with this list."""
        return Part(self.name, self.length, root_from(self.leaves))

    def size(self, index: int) -> int:
        """Return the length of a part in bytes; ATT_LENGTH for an index that the attachment does not have."""
        return part_size(self.length, index)


def part_count(length: int) -> int:
    """Return how many parts a ciphertext of ``length`` bytes has."""
    return -(-length // UPLOAD_PART)


def part_size(length: int, index: int) -> int:
    """Return the length in bytes of part ``index`` of a ciphertext; ATT_LENGTH for a part that it does not have."""
    if not 0 <= index < part_count(length):
        raise Fault(Code.ATT_LENGTH, f"no part {index}")
    return min(UPLOAD_PART, length - index * UPLOAD_PART)


def parse_part_list(raw: bytes) -> PartList:
    """Return the list in ``raw``. Refuses TOO_LARGE, TOO_MANY_PARTS (attack 11) and MALFORMED.

    NOT here: whether it is the list that the sender signed; that is ``verify_part_list``.
    """
    name, length, hashes = as_fixed(decode(raw, MAX_PART_LIST), "part list", 3)
    if not isinstance(name, str) or not is_attachment(name):
        raise Malformed("attachment name")
    size = as_int(length, "length", 1)
    if size > MAX_ATTACHMENT:
        raise Fault(Code.TOO_LARGE, name)
    joined = as_bytes(hashes, "leaves")
    count, rest = divmod(len(joined), DIGEST_SIZE)
    if rest:
        raise Malformed("leaves")
    if count > MAX_UPLOAD_PARTS:
        raise Fault(Code.TOO_MANY_PARTS, name)
    return PartList(name, size, tuple(joined[at : at + DIGEST_SIZE] for at in range(0, len(joined), DIGEST_SIZE)))


def verify_part_list(parts: PartList, part: Part) -> None:
    """Raise unless this is the list of the attachment that the manifest names.

    ATT_LENGTH when length or number of parts differ (attack 9), ATT_HASH when name or root do (attacks 10, 25).
    """
    if parts.length != part.length or len(parts.leaves) != part_count(part.length):
        raise Fault(Code.ATT_LENGTH, part.name)
    if parts.name != part.name or root_from(parts.leaves) != part.digest:
        raise Fault(Code.ATT_HASH, part.name)


def verify_part(parts: PartList, index: int, data: bytes) -> None:
    """Raise ATT_LENGTH or ATT_HASH unless ``data`` is part ``index`` of a list that was verified."""
    check = PartCheck(parts, index)
    check.update(data)
    check.finish()


class PartCheck:
    """Verifies one part as its bytes arrive, in constant memory.

    Nothing that passed through may be used before ``finish`` returned. Construction refuses ATT_LENGTH for an index
    that the attachment does not have.
    """

    __slots__ = ("_hash", "_left", "_name", "_wanted")

    def __init__(self, parts: PartList, index: int) -> None:
        self._left = parts.size(index)
        self._wanted = parts.leaves[index]
        self._name = f"{parts.name}/{index}"
        self._hash = hashlib.sha256(_LEAF)

    def update(self, data: bytes) -> None:
        """Take the next bytes; ATT_LENGTH as soon as there are more than the part has (attack 45)."""
        self._left -= len(data)
        if self._left < 0:
            raise Fault(Code.ATT_LENGTH, self._name)
        self._hash.update(data)

    def finish(self) -> None:
        """Raise ATT_LENGTH if bytes are missing, ATT_HASH if they are not those of the list."""
        if self._left:
            raise Fault(Code.ATT_LENGTH, self._name)
        if self._hash.digest() != self._wanted:
            raise Fault(Code.ATT_HASH, self._name)


class PartListBuilder:
    """Makes the list of a ciphertext that passes by in pieces of any size; memory is one hash per part."""

    __slots__ = ("_hash", "_leaves", "_length", "_room")

    def __init__(self) -> None:
        self._leaves: list[bytes] = []
        self._length = 0
        self._room = UPLOAD_PART
        self._hash = hashlib.sha256(_LEAF)

    def update(self, data: bytes) -> None:
        """Take the next bytes; TOO_LARGE beyond MAX_ATTACHMENT."""
        if self._length + len(data) > MAX_ATTACHMENT:
            raise Fault(Code.TOO_LARGE, "attachment")
        self._length += len(data)
        view = memoryview(data)
        while len(view) >= self._room:
            self._hash.update(view[: self._room])
            view = view[self._room :]
            self._close()
        self._hash.update(view)
        self._room -= len(view)

    def finish(self, name: str) -> PartList:
        """Return the list of everything taken; ATT_LENGTH for nothing: no ciphertext is empty."""
        if not self._length:
            raise Fault(Code.ATT_LENGTH, name)
        if self._room < UPLOAD_PART:
            self._close()
        return PartList(name, self._length, tuple(self._leaves))

    def _close(self) -> None:
        self._leaves.append(self._hash.digest())
        self._hash = hashlib.sha256(_LEAF)
        self._room = UPLOAD_PART
