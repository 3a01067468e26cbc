"""Small identifier types and their strict parsers. An id that was parsed once is never checked again.

Specified in docs/wire.md section 1.3.
"""

import hashlib
import re
from typing import Final, NewType

from protocol.errors import Malformed

NodeId = NewType("NodeId", str)
Channel = NewType("Channel", str)
TypeId = NewType("TypeId", str)
MessageId = NewType("MessageId", bytes)
KeyId = NewType("KeyId", bytes)
StatementId = NewType("StatementId", bytes)
PolicyDigest = NewType("PolicyDigest", bytes)
Reference = NewType("Reference", bytes)

DIGEST_SIZE: Final = 32
REFERENCE_SIZE: Final = 16

CHANNELS: Final = (
    Channel("court-support"),
    Channel("cso"),
    Channel("joint-centre"),
    Channel("police"),
    Channel("police-cso"),
    Channel("rogatory"),
    Channel("statistics"),
    Channel("system"),
)

_NODE = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62})[a-z0-9]")
_TYPE = re.compile(r"[A-Z]{2,4}-[A-Z0-9]{1,4}/[1-9][0-9]{0,3}")


def parse_node_id(value: object) -> NodeId:
    """Return the id of a node: 2 to 64 of ``a-z 0-9 . -``, no dot or dash at an end. Anything else is malformed."""
    if not isinstance(value, str) or not value.isascii() or _NODE.fullmatch(value) is None:
        raise Malformed("node id")
    return NodeId(value)


def parse_channel(value: object) -> Channel:
    """Return one of the eight channels; an unknown name is malformed, never a default."""
    if not isinstance(value, str) or value not in CHANNELS:
        raise Malformed("channel")
    return Channel(value)


def parse_type_id(value: object) -> TypeId:
    """Return a message type with its schema version, such as ``MT-01/1``."""
    if not isinstance(value, str) or not value.isascii() or _TYPE.fullmatch(value) is None:
        raise Malformed("message type")
    return TypeId(value)


def parse_digest(value: object) -> bytes:
    """Return 32 bytes; other lengths and types are malformed."""
    if not isinstance(value, bytes) or len(value) != DIGEST_SIZE:
        raise Malformed("digest")
    return value


def parse_reference(value: object) -> Reference:
    """Return 16 bytes (conversation, consent and approval references)."""
    if not isinstance(value, bytes) or len(value) != REFERENCE_SIZE:
        raise Malformed("reference")
    return Reference(value)


def parse_hex_digest(value: str) -> bytes:
    """Return the 32 bytes written as 64 lower-case hex digits in a path or on a command line."""
    if re.fullmatch(r"[0-9a-f]{64}", value) is None:
        raise Malformed("hex digest")
    return bytes.fromhex(value)


def message_id(payload: bytes) -> MessageId:
    """Return the id of a message: SHA-256 of its signed payload."""
    return MessageId(hashlib.sha256(payload).digest())
