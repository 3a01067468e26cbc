"""The lines that witnesses bring: verified under the key the charter names, and put under a checkpoint again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from hub.witness_store import Lines, lines_under, stored_checkpoint
from keys.signed_head import signed_head
from protocol.api import DIRECTORY_LOG
from protocol.charter import Charter
from protocol.checkpoint import verify_head
from protocol.cosignature import Witness, add_cosignatures, find_cosignature
from protocol.errors import Code, Fault
from protocol.limits import MAX_NOTE_SIGNATURES
from protocol.note import MLDSA44_COSIGNATURE, NoteLine, encode_line, note_key_id

_MOST: Final = 2  # lines of one signer
_ROOM: Final = MAX_NOTE_SIGNATURES - _MOST  # lines beside the log's own


@dataclass(frozen=True, slots=True)
class Brought:
    """What a witness brought, and what it has to stand under, signed by the hub under one of ``charters``."""

    checkpoint: bytes
    origin: str
    charters: Sequence[Charter]
    witness: Witness
    lines: tuple[NoteLine, ...]


def verify_lines(brought: Brought) -> Lines:
    """Return the lines to keep; BAD_COSIGNATURE unless all are this witness's own, verify and count in this log."""
    witness = brought.witness
    bare, charter = signed_head(brought.checkpoint, brought.origin, brought.charters)
    noted_head = verify_head(add_cosignatures(bare, brought.lines), brought.origin, charter.hub_log_keys)
    found = find_cosignature(noted_head, witness)
    if found is None or len(brought.lines) != 1 + found.both or len(noted_head.note.lines) != _MOST + 1 + found.both:
        raise Fault(Code.BAD_COSIGNATURE, witness.name)
    lattice = note_key_id(witness.name, MLDSA44_COSIGNATURE, witness.keys.mldsa44)
    halves = {each.key_id == lattice: encode_line(each) for each in brought.lines}
    return Lines(witness.name, found.time, halves[False], halves.get(True, b""))


def noted(connection: Connection, log: str, size: int, quorum: int) -> bytes:
    """Return the checkpoint of a size with the lines of its witnesses, as many as a note holds."""
    return stored_checkpoint(connection, log, size) + lines_of(connection, log, size, quorum)


def lines_of(connection: Connection, log: str, size: int, quorum: int) -> bytes:
    """Return the lines that stand under a checkpoint beside the log's own; nothing where nobody cosigned it."""
    found = lines_under(connection, log, size)
    if log == DIRECTORY_LOG:
        found = found[: _ROOM // _MOST]  # half of a witness's lines would be refused there
    return under(found, quorum)


def under(found: Sequence[Lines], quorum: int) -> bytes:
    """Return witnesses' lines, those first that prove most: a quorum with both keys, else every witness's Ed25519."""
    whole = [each for each in found if each.both]
    first = whole[:quorum] if len(whole) >= quorum else []
    rest = [each for each in found if each not in first]
    lines = [line for each in first for line in (each.plain, each.both)]
    lines += [each.plain for each in rest] + [each.both for each in rest if each.both]
    return b"".join(line + b"\n" for line in lines[:_ROOM])
