"""Witness cosignatures (c2sp.org/tlog-cosignature): a witness saw this tree grow, and this is the largest it has seen.

A witness signs with two keys of its own, Ed25519 (0x04) and ML-DSA-44 (0x06), at one time. In the directory log it
counts only with both lines; in the message log, where checkpoints come by the second, its Ed25519 line is enough and
the other follows at least daily (docs/adr/0017-cosignatures.md). A line of a known witness that fails is an alarm, not
a missing witness. Bytes: docs/wire.md section 5.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from protocol.checkpoint import (
    Checkpoint,
    CheckpointSigner,
    Head,
    LogKeys,
    checkpoint_text,
    messages_origin,
    mldsa44_line,
    mldsa44_time,
    split_stamp,
)
from protocol.cose import ed25519_verifies
from protocol.errors import Code, Fault
from protocol.limits import MAX_NOTE_SIGNATURES
from protocol.note import (
    ED25519_COSIGNATURE,
    MLDSA44_COSIGNATURE,
    Note,
    NoteLine,
    encode_line,
    encode_note,
    note_key_id,
    parse_line,
)

_MOST_LINES: Final = 2  # of one witness
_MESSAGES: Final = messages_origin(b"")  # what every message log's origin ends with


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness as the charter names it."""

    name: str
    keys: LogKeys


@dataclass(frozen=True, slots=True)
class Cosignature:
    """When a witness signed, and whether with both its keys."""

    time: int
    both: bool


def cosign(signer: CheckpointSigner, name: str, checkpoint: Checkpoint, time: int) -> tuple[NoteLine, NoteLine]:
    """Return both lines of witness ``name`` over ``checkpoint`` at ``time`` (seconds since the epoch).

    Not here: that the checkpoint extends the last one the witness cosigned, and that this was stored before signing.
    """
    return cosign_plain(signer, name, checkpoint, time), mldsa44_line(signer, name, checkpoint, time)


def cosign_plain(signer: CheckpointSigner, name: str, checkpoint: Checkpoint, time: int) -> NoteLine:
    """Return the Ed25519 line alone, which is enough in a message log between two days (see ``needs_both``)."""
    message = _ed25519_message(checkpoint, time)
    key_id = note_key_id(name, ED25519_COSIGNATURE, signer.keys.ed25519)
    return NoteLine(name, key_id, time.to_bytes(8, "big") + signer.sign_ed25519(message))


def needs_both(origin: str) -> bool:
    """Return whether a witness counts in this log with both lines only: in every log but a message log."""
    return not origin.endswith(_MESSAGES)


def verify_cosignature(head: Head, witness: Witness) -> int | None:
    """Return the time of this witness's cosignature, None where it has not cosigned as the log demands.

    Refuses BAD_COSIGNATURE as ``find_cosignature`` does.
    """
    found = find_cosignature(head, witness)
    return None if found is None else found.time


def find_cosignature(head: Head, witness: Witness) -> Cosignature | None:
    """Return this witness's verified cosignature, None where it has not cosigned.

    Refuses BAD_COSIGNATURE if a line of the witness is there and fails, its two lines differ in time, or the Ed25519
    line is missing, or in a log that needs both either of them: no honest witness writes such halves.
    """
    plain, stamped = _lines_of(head.note, witness)
    if plain is None and stamped is None:
        return None
    if plain is None or (stamped is None and needs_both(head.checkpoint.origin)):
        raise Fault(Code.BAD_COSIGNATURE, f"{witness.name}: one line")
    time, signature = split_stamp(plain)
    if time is None or not _stamped_at(stamped, witness, head.checkpoint, time):
        raise Fault(Code.BAD_COSIGNATURE, witness.name)
    if not ed25519_verifies(witness.keys.ed25519, signature, _ed25519_message(head.checkpoint, time)):
        raise Fault(Code.BAD_COSIGNATURE, witness.name)
    return Cosignature(time, stamped is not None)


def verify_quorum(head: Head, witnesses: Sequence[Witness], quorum: int) -> Mapping[str, int]:
    """Return name -> time of every witness that cosigned. Refuses QUORUM below ``quorum``, BAD_COSIGNATURE as above.

    Not here: freshness of those times. A quorum of zero is refused: nothing would be witnessed.
    """
    return {name: each.time for name, each in verify_cosignatures(head, witnesses, quorum).items()}


def verify_cosignatures(head: Head, witnesses: Sequence[Witness], quorum: int) -> Mapping[str, Cosignature]:
    """Return name -> cosignature of every witness that cosigned; refuses as ``verify_quorum``."""
    found = {each.name: find_cosignature(head, each) for each in witnesses}
    seen = {name: each for name, each in found.items() if each is not None}
    if quorum < 1 or len(seen) < quorum:
        raise Fault(Code.QUORUM, f"{len(seen)} of {quorum}")
    return seen


def add_cosignatures(head: Head, lines: Sequence[NoteLine]) -> bytes:
    """Return the checkpoint's bytes with ``lines`` added; a line replaces an earlier one of the same key.

    Refuses TOO_LARGE beyond the number of lines that readers accept. Not here: that the new lines verify.
    """
    merged = {(each.name, each.key_id): each for each in (*head.note.lines, *lines)}
    if len(merged) > MAX_NOTE_SIGNATURES:
        raise Fault(Code.TOO_LARGE, "signature lines")
    return encode_note(Note(head.note.text, tuple(merged.values())))


def encode_lines(lines: Sequence[NoteLine]) -> bytes:
    """Return the bytes of a witness's lines as it brings them to the hub."""
    return b"".join(encode_line(each) + b"\n" for each in lines)


def parse_lines(raw: bytes) -> tuple[NoteLine, ...]:
    """Return the one or two lines that a witness brings, each ending with a newline; BAD_CHECKPOINT otherwise."""
    *lines, rest = raw.split(b"\n")
    if not 1 <= len(lines) <= _MOST_LINES or rest:
        raise Fault(Code.BAD_CHECKPOINT, "lines of a witness")
    return tuple(parse_line(each) for each in lines)


def _lines_of(note: Note, witness: Witness) -> tuple[NoteLine | None, NoteLine | None]:
    name, keys = witness.name, witness.keys
    return (
        note.line(name, note_key_id(name, ED25519_COSIGNATURE, keys.ed25519)),
        note.line(name, note_key_id(name, MLDSA44_COSIGNATURE, keys.mldsa44)),
    )


def _stamped_at(line: NoteLine | None, witness: Witness, checkpoint: Checkpoint, time: int) -> bool:
    """Whether the ML-DSA-44 line, where there is one, verifies and states this time."""
    return line is None or mldsa44_time(line, witness.keys.mldsa44, checkpoint) == time


def _ed25519_message(checkpoint: Checkpoint, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n".encode() + checkpoint_text(checkpoint)
