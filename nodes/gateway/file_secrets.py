"""What opens a stored attachment file, as the vault keeps it: erasing this item makes the file unreadable for ever."""

from dataclasses import dataclass, field
from typing import Final

from protocol.attachments import Attachment
from protocol.cbor import decode, encode
from protocol.errors import Malformed
from protocol.limits import MAX_CORE, MAX_FILE_NAME, MAX_MEDIA_TYPE
from protocol.shapes import as_bytes, as_fixed, as_int, as_text

_FILE: Final = 4  # after the kinds of content in ``nodes.gateway.contents``
_LIMIT: Final = 2 * MAX_CORE
_KEY: Final = 32


@dataclass(frozen=True, slots=True)
class FileSecret:
    """Key and additional data of one FLOE file, and what its owner says of the content; ``size`` is the true one."""

    key: bytes = field(repr=False)
    aad: bytes
    name: str
    media_type: str
    size: int
    sha256: bytes

    @property
    def opening(self) -> tuple[bytes, bytes]:
        """Key and additional data, as the opener takes them."""
        return self.key, self.aad

    def encode(self) -> bytes:
        """Return the stored form."""
        return encode([_FILE, self.key, self.aad, self.name, self.media_type, self.size, self.sha256])


def secret_of(about: Attachment, opening: tuple[bytes, bytes]) -> FileSecret:
    """Return the secret of an attachment that a message's body tells of."""
    return FileSecret(*opening, about.file_name, about.media_type, about.size, about.sha256)


def parse_secret(raw: bytes) -> FileSecret:
    """Return the secret in a stored item; MALFORMED for anything ``encode`` does not write."""
    kind, key, aad, name, media_type, size, sha256 = as_fixed(decode(raw, _LIMIT), "stored file", 7)
    if kind != _FILE:
        raise Malformed("not a file")
    return FileSecret(
        as_bytes(key, "key", _KEY),
        as_bytes(aad, "aad"),
        as_text(name, "name", MAX_FILE_NAME),
        as_text(media_type, "media type", MAX_MEDIA_TYPE),
        as_int(size, "size"),
        as_bytes(sha256, "sha256", 32),
    )
