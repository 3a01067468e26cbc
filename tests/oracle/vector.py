"""The vectors of docs/conformance.md as a program under test reads them."""

import base64
import binascii
import re
from dataclasses import dataclass

from tests.oracle.log import Keys
from tests.oracle.signed import Identity

FIELD = re.compile(r"([a-z0-9-]+): ?(.*)", re.DOTALL)
ASIDE = ("kind", "expect", "comment")


class UnfitError(Exception):
    """The vector cannot be read, or is of no known kind."""


@dataclass(frozen=True)
class Vector:
    """The fields of a vector, each a list of spellings in the order of the file."""

    kind: str
    fields: dict[str, list[str]]

    def spelled(self, name: str) -> str | None:
        """Return the spelling of a field that stands at most once."""
        found = self.fields.get(name, [])
        if len(found) > 1:
            raise UnfitError(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """Return a text."""
        word = self.spelled(name)
        if word is None:
            raise UnfitError(name)
        return word

    def number(self, name: str, absent: int | None = None) -> int:
        """Return a number, or the one that stands for its absence."""
        word = self.spelled(name)
        if word is None and absent is not None:
            return absent
        if word is None or re.fullmatch("0|[1-9][0-9]*", word) is None:
            raise UnfitError(name)
        return int(word)

    def blob(self, name: str) -> bytes:
        """Return a byte string."""
        return unspell(self.text(name))

    def blobs(self, name: str) -> list[bytes]:
        """Return every byte string of a list."""
        return [unspell(word) for word in self.fields.get(name, [])]

    def has(self, name: str) -> bool:
        """Tell whether a field stands in the vector."""
        return name in self.fields

    def agrees(self, name: str, value: bytes | int | None) -> bool:
        """Tell whether a value came out as the vector states it; silence agrees with everything."""
        if not self.has(name):
            return True
        return (self.number(name) if isinstance(value, int) else self.blob(name)) == value

    def identity(self, role: str) -> Identity:
        """Return both public keys of a role."""
        return Identity(self.blob(f"{role}-ed25519"), self.blob(f"{role}-mldsa65"))

    def log(self) -> Keys:
        """Return name and keys of the log."""
        return Keys(self.text("origin"), self.blob("log-ed25519"), self.blob("log-mldsa44"))


def unspell(word: str) -> bytes:
    """Return the bytes of a canonical spelling."""
    form, _, digits = word.partition(" ")
    try:
        raw = bytes.fromhex(digits) if form == "hex" else base64.b64decode(digits, validate=True)
    except (ValueError, binascii.Error) as error:
        raise UnfitError(word[:20]) from error
    again = raw.hex() if form == "hex" else base64.b64encode(raw).decode()
    if form not in ("hex", "base64") or again != digits:
        raise UnfitError(word[:20])
    return raw


def read_vector(text: str) -> Vector:
    """Return the vector that a text spells."""
    if not text.endswith("\n"):
        raise UnfitError("no line feed at the end")
    fields: dict[str, list[str]] = {}
    name = ""
    for line in text[:-1].split("\n"):
        if line.startswith("  ") and name:
            bare = fields[name][-1] in ("hex", "base64")
            fields[name][-1] += (" " if bare else "") + line[2:]
            continue
        if line == "":
            continue
        found = FIELD.fullmatch(line)
        if found is None:
            raise UnfitError(line[:20])
        name = found[1]
        fields.setdefault(name, []).append(found[2])
    kinds = fields.get("kind", [""])
    return Vector(kinds[0], {key: value for key, value in fields.items() if key not in ASIDE})
