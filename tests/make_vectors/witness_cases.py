"""Which lines of a witness count in which log; numbered behind the other checkpoints."""

from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.cosignature import cosign
from protocol.errors import Code
from protocol.merkle import root_at
from protocol.note import Note, NoteLine, encode_note, parse_note
from tests.make_vectors.case import Case, Cases, Value
from tests.make_vectors.cast import NOW, Cast
from tests.make_vectors.log_cases import DIRECTORY, ORIGIN, TREE

NAMES = [f"witness-{at}" for at in range(4)]


class Noted:
    """A checkpoint of one log and the lines of four witnesses over it."""

    def __init__(self, cast: Cast, origin: str) -> None:
        head = Checkpoint(origin, 200, root_at(200, TREE.get))
        self._note = parse_note(sign_checkpoint(cast.log, head, NOW))
        self.pairs = [cosign(signer, name, head, NOW + 5) for signer, name in zip(cast.witnesses, NAMES, strict=True)]

    def with_lines(self, *lines: NoteLine) -> bytes:
        return encode_note(Note(self._note.text, (*self._note.lines, *lines)))


def witness_cases(cast: Cast) -> list[Case]:
    known: dict[str, Value] = {
        "log_ed25519": cast.log.keys.ed25519,
        "log_mldsa44": cast.log.keys.mldsa44,
        "quorum": 3,
        "witness": NAMES,
        "witness_ed25519": [each.keys.ed25519 for each in cast.witnesses],
        "witness_mldsa44": [each.keys.mldsa44 for each in cast.witnesses],
    }
    messages, directory = Noted(cast, ORIGIN), Noted(cast, DIRECTORY)
    out = Cases("checkpoint", **known)
    plain = [pair[0] for pair in messages.pairs]
    out.good("messages-ed25519", "Ed25519 lines alone", note=messages.with_lines(*plain[:3]), origin=ORIGIN)
    mixed = messages.with_lines(plain[0], *messages.pairs[1], plain[3])
    out.good("messages-mixed", "two witnesses with Ed25519 alone, one with both keys", note=mixed, origin=ORIGIN)
    two = messages.with_lines(*plain[:2])
    out.bad(Code.QUORUM, "messages-quorum-missed", "two of three witnesses, by Ed25519 alone", note=two, origin=ORIGIN)
    whole = [line for pair in directory.pairs[:3] for line in pair]
    out.good(
        "directory-both", "three witnesses of a directory log", note=directory.with_lines(*whole), origin=DIRECTORY
    )
    half = directory.with_lines(directory.pairs[0][1], *whole[2:])
    out.bad(
        Code.BAD_COSIGNATURE,
        "directory-half-mldsa44",
        "the Ed25519 line of a witness of a directory log is missing",
        note=half,
        origin=DIRECTORY,
    )
    swapped = directory.with_lines(*messages.pairs[0], *whole[2:])
    out.bad(
        Code.BAD_COSIGNATURE,
        "directory-of-messages",
        "a witness's lines over the message log of the same size and root",
        note=swapped,
        origin=DIRECTORY,
    )
    return out.found
