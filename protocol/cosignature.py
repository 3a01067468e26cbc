"""Witness cosignatures (c2sp.org/tlog-cosignature): a witness saw this tree grow, and this is the largest it has seen.

A witness signs with two keys of its own, Ed25519 (0x04) and ML-DSA-44 (0x06), at one time. A cosignature counts only
with both lines (protocol decision 9); a line of a known witness that fails is an alarm, not a missing witness.
Bytes: docs/wire.md section 5.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocol.checkpoint import (
    Checkpoint,
    CheckpointSigner,
    Head,
    LogKeys,
    checkpoint_text,
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
    encode_note,
    note_key_id,
)


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness as the charter names it."""

    name: str
    keys: LogKeys


def cosign(signer: CheckpointSigner, name: str, checkpoint: Checkpoint, time: int) -> tuple[NoteLine, NoteLine]:
    """Return both lines of witness ``name`` over ``checkpoint`` at ``time`` (seconds since the epoch).

    Not here: that the checkpoint extends the last one the witness cosigned, and that this was stored before signing.
    """
    message = _ed25519_message(checkpoint, time)
    key_id = note_key_id(name, ED25519_COSIGNATURE, signer.keys.ed25519)
    plain = NoteLine(name, key_id, time.to_bytes(8, "big") + signer.sign_ed25519(message))
    return plain, mldsa44_line(signer, name, checkpoint, time)


def verify_cosignature(head: Head, witness: Witness) -> int | None:
    """Return the time of this witness's cosignature, None where it has not cosigned.

    Refuses BAD_COSIGNATURE if a line of the witness is there and fails, or its two lines differ in time, or one of them
    is missing: half a cosignature is none that an honest witness writes.
    """
    lines = _lines_of(head.note, witness)
    plain, stamped = lines
    if plain is None and stamped is None:
        return None
    if plain is None or stamped is None:
        raise Fault(Code.BAD_COSIGNATURE, f"{witness.name}: one line")
    time, signature = split_stamp(plain)
    mldsa_time = mldsa44_time(stamped, witness.keys.mldsa44, head.checkpoint)
    if time is None or time != mldsa_time:
        raise Fault(Code.BAD_COSIGNATURE, witness.name)
    if not ed25519_verifies(witness.keys.ed25519, signature, _ed25519_message(head.checkpoint, time)):
        raise Fault(Code.BAD_COSIGNATURE, witness.name)
    return time


def verify_quorum(head: Head, witnesses: Sequence[Witness], quorum: int) -> Mapping[str, int]:
    """Return name -> time of every witness that cosigned. Refuses QUORUM below ``quorum``, BAD_COSIGNATURE as above.

    Not here: freshness of those times. A quorum of zero is refused: nothing would be witnessed.
    """
    times = {each.name: verify_cosignature(head, each) for each in witnesses}
    seen = {name: time for name, time in times.items() if time is not None}
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


def _lines_of(note: Note, witness: Witness) -> tuple[NoteLine | None, NoteLine | None]:
    name, keys = witness.name, witness.keys
    return (
        note.line(name, note_key_id(name, ED25519_COSIGNATURE, keys.ed25519)),
        note.line(name, note_key_id(name, MLDSA44_COSIGNATURE, keys.mldsa44)),
    )


def _ed25519_message(checkpoint: Checkpoint, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n".encode() + checkpoint_text(checkpoint)
