"""C2SP signed notes: a text, an empty line and signature lines. One byte sequence per note; anything else is refused.

This module frames and names; it trusts nothing. What a text means and whose lines must be there, its readers decide.
Bytes: docs/wire.md section 5.2.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from protocol.errors import Code, Fault
from protocol.limits import MAX_CHECKPOINT, MAX_NOTE_SIGNATURES

ED25519_NOTE: Final = 0x01
ED25519_COSIGNATURE: Final = 0x04
MLDSA44_COSIGNATURE: Final = 0x06

KEY_ID_SIZE: Final = 4

_LINE: Final = re.compile(r"\u2014 ([^\s+]{1,255}) ([A-Za-z0-9+/]+={0,2})")
_NAME: Final = 255  # bytes of a signer's name
_CONTROL: Final = re.compile(rb"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One signature line: the signer's name, its key's short id and the signature bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note: the text with its last newline, and at least one line, unverified."""

    text: bytes
    lines: tuple[NoteLine, ...]

    def line(self, name: str, key_id: bytes) -> NoteLine | None:
        """Return the line of this key, of which a note holds at most one."""
        return next((each for each in self.lines if (each.name, each.key_id) == (name, key_id)), None)


def note_key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the 4 bytes that name a key in a line. They find a configured key; they prove nothing."""
    return hashlib.sha256(name.encode() + b"\n" + bytes((kind,)) + public).digest()[:KEY_ID_SIZE]


def encode_note(note: Note) -> bytes:
    """Return the bytes of a note."""
    return b"\n".join((note.text, *(encode_line(each) for each in note.lines))) + b"\n"


def encode_line(line: NoteLine) -> bytes:
    """Return a signature line without its newline."""
    return f"\u2014 {line.name} {encode_base64(line.key_id + line.signature)}".encode()


def parse_note(raw: bytes) -> Note:
    """Return the parts of a note. Refuses BAD_CHECKPOINT for bytes that ``encode_note`` would not write (attack 104).

    That includes more than 16 lines, two lines of one key, control characters, a missing last newline and base64 that
    is not canonical.
    """
    if len(raw) > MAX_CHECKPOINT or _CONTROL.search(raw) or not raw.endswith(b"\n"):
        raise Fault(Code.BAD_CHECKPOINT, "note")
    text, gap, tail = raw[:-1].rpartition(b"\n\n")
    lines = tuple(parse_line(each) for each in tail.split(b"\n", MAX_NOTE_SIGNATURES))
    if not gap or len(lines) > MAX_NOTE_SIGNATURES:
        raise Fault(Code.BAD_CHECKPOINT, "signature lines")
    if len({(each.name, each.key_id) for each in lines}) != len(lines):
        raise Fault(Code.BAD_CHECKPOINT, "two lines of one key")
    return Note(text + b"\n", lines)


def parse_line(raw: bytes) -> NoteLine:
    """Return the parts of one signature line without its newline; refuses BAD_CHECKPOINT."""
    try:
        match = _LINE.fullmatch(raw.decode())
    except UnicodeDecodeError:
        match = None
    if match is None or len(match[1].encode()) > _NAME:
        raise Fault(Code.BAD_CHECKPOINT, "signature line")
    signed = decode_base64(match[2])
    if len(signed) <= KEY_ID_SIZE:
        raise Fault(Code.BAD_CHECKPOINT, "empty signature")
    return NoteLine(match[1], signed[:KEY_ID_SIZE], signed[KEY_ID_SIZE:])


def encode_base64(raw: bytes) -> str:
    """Return canonical, padded base64 (RFC 4648 section 4)."""
    return base64.b64encode(raw).decode()


def decode_base64(text: str) -> bytes:
    """Return the bytes of canonical, padded base64 (RFC 4648 section 4); refuses BAD_CHECKPOINT otherwise."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Fault(Code.BAD_CHECKPOINT, "base64") from None
    if encode_base64(raw) != text:
        raise Fault(Code.BAD_CHECKPOINT, "base64 is not canonical")
    return raw
