"""Signed tree heads as C2SP checkpoints: origin, size and root, signed by the log itself with two algorithms.

The log signs under its origin as name: an Ed25519 note line (0x01) for every reader of the format, and an ML-DSA-44
line (0x06), which also states the time. Our verifier demands both. Other lines are witnesses', see
``protocol.cosignature``. Bytes: docs/wire.md section 5.3.
"""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from protocol.cose import check_ed25519_key, ed25519_verifies
from protocol.errors import Code, Fault
from protocol.ids import DIGEST_SIZE
from protocol.merkle import EMPTY_ROOT
from protocol.note import (
    ED25519_NOTE,
    MLDSA44_COSIGNATURE,
    Note,
    NoteLine,
    decode_base64,
    encode_base64,
    encode_note,
    note_key_id,
    parse_note,
)

MAX_TREE: Final = (1 << 63) - 1
MAX_TIME: Final = (1 << 63) - 1
ML_DSA_44_KEY: Final = 1312

_TEXT: Final = re.compile(rb"([\x21-\x2a\x2c-\x7e]{1,255})\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]{44})\n")
_STAMP: Final = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The public keys under which a log signs its checkpoints, always both."""

    ed25519: bytes
    mldsa44: bytes


class CheckpointSigner(Protocol):
    """Signs checkpoints with both keys of a log or of a witness; the private halves stay behind it."""

    @property
    def keys(self) -> LogKeys:
        """The keys whose signatures this signer makes."""
        ...

    def sign_ed25519(self, message: bytes) -> bytes:
        """Return 64 bytes."""
        ...

    def sign_mldsa44(self, message: bytes) -> bytes:
        """Return 2 420 bytes, empty context."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint whose log signatures were verified, the time the log stated, and the note with all its lines."""

    checkpoint: Checkpoint
    time: int
    note: Note


def directory_origin(network: bytes) -> str:
    """Return the origin of a network's directory log."""
    return f"{network.hex()}/directory"


def messages_origin(network: bytes) -> str:
    """Return the origin of a network's message log."""
    return f"{network.hex()}/messages"


def checkpoint_text(checkpoint: Checkpoint) -> bytes:
    """Return the note text of a checkpoint: three lines, never an extension line."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encode_base64(checkpoint.root)}\n".encode()


def parse_checkpoint_text(text: bytes) -> Checkpoint:
    """Return the checkpoint in a note text. Refuses BAD_CHECKPOINT for anything ``checkpoint_text`` would not write.

    Origins are printable ASCII without space and plus sign; extension lines are refused, because the ML-DSA line would
    not cover them.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise Fault(Code.BAD_CHECKPOINT, "text")
    size, root = int(match[2]), decode_base64(match[3].decode())
    if size > MAX_TREE or len(root) != DIGEST_SIZE or (size == 0 and root != EMPTY_ROOT):
        raise Fault(Code.BAD_CHECKPOINT, "size or root")
    return Checkpoint(match[1].decode(), size, root)


def sign_checkpoint(signer: CheckpointSigner, checkpoint: Checkpoint, time: int) -> bytes:
    """Return the log's signed note over ``checkpoint`` at ``time`` (seconds since the epoch).

    Not here: that the tree is committed, and consistent with every checkpoint signed before.
    """
    text = checkpoint_text(checkpoint)
    origin, keys = checkpoint.origin, signer.keys
    lines = (
        NoteLine(origin, note_key_id(origin, ED25519_NOTE, keys.ed25519), signer.sign_ed25519(text)),
        mldsa44_line(signer, origin, checkpoint, time),
    )
    return encode_note(Note(text, lines))


def verify_checkpoint(raw: bytes, origin: str, keys: LogKeys) -> Checkpoint:
    """Return the checkpoint after both signatures of the log were verified (see ``verify_head``)."""
    return verify_head(raw, origin, keys).checkpoint


def verify_head(raw: bytes, origin: str, keys: LogKeys) -> Head:
    """Return the checkpoint in ``raw``, signed by the log ``origin`` with both its keys.

    Refuses BAD_CHECKPOINT (shape, another origin), MISSING_SIGNATURE, BAD_SIGNATURE. Lines of other keys are ignored.
    Not here: consistency with earlier checkpoints, freshness, witnesses.
    """
    note = parse_note(raw)
    checkpoint = parse_checkpoint_text(note.text)
    if checkpoint.origin != origin:
        raise Fault(Code.BAD_CHECKPOINT, "origin")
    plain = note.line(origin, note_key_id(origin, ED25519_NOTE, keys.ed25519))
    stamped = note.line(origin, note_key_id(origin, MLDSA44_COSIGNATURE, keys.mldsa44))
    if plain is None or stamped is None:
        raise Fault(Code.MISSING_SIGNATURE, "checkpoint")
    plain_good = ed25519_verifies(keys.ed25519, plain.signature, note.text)
    time = mldsa44_time(stamped, keys.mldsa44, checkpoint)
    if not plain_good or time is None:
        raise Fault(Code.BAD_SIGNATURE, "checkpoint")
    return Head(checkpoint, time, note)


def check_log_keys(keys: LogKeys) -> None:
    """Raise KEY_INVALID unless both keys may be registered for a log or a witness."""
    check_ed25519_key(keys.ed25519)
    if len(keys.mldsa44) != ML_DSA_44_KEY:
        raise Fault(Code.KEY_INVALID, "ml-dsa-44")


def mldsa44_line(signer: CheckpointSigner, name: str, checkpoint: Checkpoint, time: int) -> NoteLine:
    """Return the ML-DSA-44 line (type 0x06) of ``name`` over ``checkpoint`` at ``time``."""
    signature = signer.sign_mldsa44(cosigned_message(name, checkpoint, time))
    key_id = note_key_id(name, MLDSA44_COSIGNATURE, signer.keys.mldsa44)
    return NoteLine(name, key_id, time.to_bytes(_STAMP, "big") + signature)


def mldsa44_time(line: NoteLine, key: bytes, checkpoint: Checkpoint) -> int | None:
    """Return the time that an ML-DSA-44 line states, or None if it does not verify over ``checkpoint``."""
    time, signature = split_stamp(line)
    if time is None or len(key) != ML_DSA_44_KEY:
        return None
    try:
        MLDSA44PublicKey.from_public_bytes(key).verify(signature, cosigned_message(line.name, checkpoint, time))
    except InvalidSignature:
        return None
    return time


def cosigned_message(name: str, checkpoint: Checkpoint, time: int) -> bytes:
    """Return what an ML-DSA-44 line signs (c2sp.org/tlog-cosignature): name, time, origin, tree, root."""
    return b"".join(
        (
            b"subtree/v1\n\x00",
            _short(name),
            time.to_bytes(_STAMP, "big"),
            _short(checkpoint.origin),
            bytes(8),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def split_stamp(line: NoteLine) -> tuple[int | None, bytes]:
    """Return the time in front of a timestamped signature (None beyond 2**63 - 1) and the signature itself."""
    time = int.from_bytes(line.signature[:_STAMP], "big")
    return time if time <= MAX_TIME else None, line.signature[_STAMP:]


def _short(text: str) -> bytes:
    raw = text.encode()
    return bytes((len(raw),)) + raw
