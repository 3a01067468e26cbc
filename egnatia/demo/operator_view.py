"""What the operator of a hub can see: its files, opened with ordinary tools; read and, when corrupt, edited.

The hub itself has no switch for misbehaving; everything here happens behind its back, on its disk.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from protocol.cbor import Tagged, decode, encode
from protocol.core import Core, parse_core
from protocol.shapes import as_bytes, as_list

_SAMPLE: Final = 24  # bytes
_FORGED: Final = b"a wrap the sender never made"
_PLACES: Final = "SELECT count FROM mailbox_head WHERE node = ? AND channel = 'police'"


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as it lies in the hub's database."""

    core: Core
    size: int
    sample: bytes


class OperatorView:
    """The hub's folder through the eyes of its operator."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def stored(self, message: str) -> Stored:
        """Return what the hub holds of a message."""
        with self._open("ro") as database:
            leaf, signed, contents = _row(database, message)
        del leaf
        core = parse_core(_core_bytes(signed))
        first = as_bytes(as_list(decode(contents), "contents")[0], "content")
        return Stored(core, len(first), first[-_SAMPLE:])

    def occurrences(self, text: str) -> int:
        """Return how many of the hub's files contain ``text``, in UTF-8 or UTF-16."""
        needles = (text.encode(), text.encode("utf-16-le"))
        files = [path for path in self._folder.rglob("*") if path.is_file()]
        return sum(1 for path in files if any(needle in path.read_bytes() for needle in needles))

    def change_content(self, message: str) -> None:
        """Change one byte of a stored content."""
        with self._open("rw") as database:
            leaf, _, contents = _row(database, message)
            changed = bytearray(contents)
            changed[-20] ^= 1
            database.execute("UPDATE message SET contents = ? WHERE leaf = ?", (bytes(changed), leaf))

    def add_recipient(self, message: str, node: str) -> None:
        """Write another recipient into the signed manifest and put the message into that node's mailbox."""
        with self._open("rw") as database:
            leaf, signed, _ = _row(database, message)
            database.execute("UPDATE message SET signed = ? WHERE leaf = ?", (_with_recipient(signed, node), leaf))
            (count,) = database.execute(_PLACES, (node,)).fetchone() or (0,)
            database.execute(
                "INSERT INTO wrap (leaf, idx, sender, node, channel, sequence, key_id, number, handed, wrap) "
                "SELECT leaf, 0, sender, ?, channel, 999, key_id, ?, 0, ? FROM wrap WHERE leaf = ? LIMIT 1 "
                "ON CONFLICT (leaf, idx) DO UPDATE SET node = excluded.node, wrap = excluded.wrap",
                (node, count + 1, _FORGED, leaf),
            )
            database.execute("INSERT INTO mailbox VALUES (?, 'police', ?, 1, ?)", (node, count + 1, leaf))
            database.execute(
                "UPDATE mailbox_head SET count = ? WHERE node = ? AND channel = 'police'", (count + 1, node)
            )

    def drop(self, message: str, node: str) -> None:
        """Take a message out of a node's mailbox, as if it had never been accepted."""
        with self._open("rw") as database:
            leaf, _, _ = _row(database, message)
            database.execute("DELETE FROM mailbox WHERE node = ? AND leaf = ?", (node, leaf))
            database.execute("DELETE FROM wrap WHERE node = ? AND leaf = ?", (node, leaf))

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        path = (self._folder / "hub.db").resolve()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True)) as database:
            yield database
            database.commit()


def _row(database: sqlite3.Connection, message: str) -> tuple[int, bytes, bytes]:
    query = "SELECT leaf, signed, contents FROM message WHERE id = ?"
    found: tuple[int, bytes, bytes] = database.execute(query, (bytes.fromhex(message),)).fetchone()
    return found


def _core_bytes(signed: bytes) -> bytes:
    tagged = decode(signed)
    if not isinstance(tagged, Tagged):
        raise TypeError("the hub stores COSE_Sign")
    payload = as_bytes(as_list(tagged.value, "signed")[2], "payload")
    return as_bytes(as_list(decode(payload), "manifest")[0], "core")


def _with_recipient(signed: bytes, node: str) -> bytes:
    tagged = decode(signed)
    if not isinstance(tagged, Tagged):
        raise TypeError("the hub stores COSE_Sign")
    protected, unprotected, payload, signatures = as_list(tagged.value, "signed", 4, 4)
    core_bytes, hashes, parts = as_list(decode(as_bytes(payload, "payload")), "manifest", 3, 3)
    core = decode(as_bytes(core_bytes, "core"))
    if not isinstance(core, dict):
        raise TypeError("a core is a map")
    label = 5  # recipients, docs/wire.md section 3.1
    added = [node, hashlib.sha256(node.encode()).digest(), 999, None, "information"]
    fields = {**core, label: [added, *as_list(core[label], "to")]}
    forged = encode([encode(fields), [hashlib.sha256(_FORGED).digest(), *as_list(hashes, "wraps")], parts])
    return encode(Tagged(tagged.tag, [protected, unprotected, forged, signatures]))
