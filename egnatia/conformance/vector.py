"""Vector files (docs/conformance.md, The file): one defect or one success each, as text that any language can read.

Three header lines (kind, expectation, comment), an empty line, then fields. Bytes stand as ``hex`` or ``base64``; a
line that begins with two spaces continues the one before it; a list is a field that repeats.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

OK: Final = "ok"
HEADER: Final = ("kind", "expect", "comment")
LIMIT: Final = 8 << 20
"""Bytes of one vector file; the largest object of the wire has half of that."""

_FIELD: Final = re.compile(r"([a-z][a-z0-9-]*): (.*)")
_EXPECT: Final = re.compile(r"ok|[A-Z][A-Z_]*")
_CONTINUED: Final = "  "
_CODINGS: Final = ("hex", "base64")
_SHORT: Final = 64  # bytes that stand as hex on one line
_WIDTH: Final = 112


class VectorError(Exception):
    """A vector file that nobody can answer: it says why, in words for whoever wrote the file."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector: what is asked, what the answer must be, and the fields as written."""

    kind: str
    expect: str
    comment: str
    fields: tuple[tuple[str, str], ...]

    def encode(self) -> bytes:
        """Return the file's bytes; long values are folded."""
        head = [f"{name}: {getattr(self, name)}" for name in HEADER]
        return ("\n".join([*head, "", *(line for field in self.fields for line in _lines(*field))]) + "\n").encode()

    def question(self) -> bytes:
        """Return the file without expectation and comment: what a program under test may see."""
        lines = [f"kind: {self.kind}", "", *(line for field in self.fields for line in _lines(*field))]
        return ("\n".join(lines) + "\n").encode()


def parse_vector(raw: bytes) -> Vector:
    """Return the vector in a file; ``VectorError`` for any other layout than the documented one."""
    lines = _text(raw).split("\n")
    kind, expect, comment = (_header(lines, at, name) for at, name in enumerate(HEADER))
    if _EXPECT.fullmatch(expect) is None:
        raise VectorError("expect is neither ok nor a code")
    return Vector(kind, expect, comment, _parse_fields(lines[len(HEADER) :]))


def parse_question(raw: bytes) -> Vector:
    """Return the vector in a file without expectation and comment, or in a whole file."""
    text = _text(raw)
    if text.startswith("kind: ") and text.partition("\n")[2].startswith("\n"):
        lines = text.split("\n")
        return Vector(_header(lines, 0, "kind"), OK, "", _parse_fields(lines[1:]))
    return parse_vector(raw)


def to_text(value: bytes) -> str:
    """Return bytes as a field's value."""
    return f"hex {value.hex()}" if len(value) <= _SHORT else f"base64 {base64.b64encode(value).decode()}"


def to_bytes(value: str) -> bytes:
    """Return the bytes in a field's value; ``VectorError`` unless it is canonical hex or base64."""
    coding, _, digits = value.partition(" ")
    try:
        if coding == "hex" and re.fullmatch(r"(?:[0-9a-f]{2})*", digits):
            return bytes.fromhex(digits)
        if coding == "base64":
            raw = base64.b64decode(digits, validate=True)
            if base64.b64encode(raw).decode() == digits:
                return raw
    except (ValueError, binascii.Error) as error:
        raise VectorError("bytes are not canonical base64") from error
    raise VectorError("bytes begin with hex or base64, in canonical form")


def _text(raw: bytes) -> str:
    if len(raw) > LIMIT:
        raise VectorError("larger than 8 MiB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise VectorError("not UTF-8") from None
    if not text.endswith("\n") or "\r" in text:
        raise VectorError("lines end with one line feed")
    return text[:-1]


def _header(lines: Sequence[str], at: int, name: str) -> str:
    prefix = f"{name}: "
    if at >= len(lines) or not lines[at].startswith(prefix) or lines[at] == prefix:
        raise VectorError(f"line {at + 1} is not `{prefix}…`")
    return lines[at][len(prefix) :]


def _parse_fields(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if not lines or lines[0]:
        raise VectorError("an empty line follows the header")
    out: list[tuple[str, list[str]]] = []
    for line in lines[1:]:
        match = _FIELD.fullmatch(line)
        if match:
            out.append((match[1], [match[2]]))
        elif line.startswith(_CONTINUED) and out:
            out[-1][1].append(line[len(_CONTINUED) :])
        else:
            raise VectorError(f"neither a field nor its continuation: {line[:40]!r}")
    return tuple((name, _joined(pieces)) for name, pieces in out)


def _joined(pieces: Sequence[str]) -> str:
    gap = " " if pieces[0] in _CODINGS else ""
    return pieces[0] + gap + "".join(pieces[1:])


def _lines(name: str, value: str) -> list[str]:
    if len(value) <= _WIDTH + 64 or not value.startswith("base64 "):
        return [f"{name}: {value}"]
    digits = value[len("base64 ") :]
    return [
        f"{name}: base64",
        *(_CONTINUED + digits[at : at + _WIDTH] for at in range(0, len(digits), _WIDTH)),
    ]
