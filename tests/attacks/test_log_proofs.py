"""Attacks on checkpoints, cosignatures and Merkle proofs."""

from dataclasses import replace

import pytest

from protocol.checkpoint import Checkpoint, directory_origin, messages_origin, sign_checkpoint, verify_checkpoint
from protocol.checkpoint import verify_head as head_of
from protocol.cosignature import Witness, add_cosignatures, cosign, verify_cosignature, verify_quorum
from protocol.errors import Code
from protocol.merkle import consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion
from protocol.note import NoteLine, encode_line, encode_note, note_key_id, parse_note
from tests.simulators.log import MemoryTree, PlainLogSigner
from tests.simulators.party import NETWORK, NOW
from tests.simulators.refusal import refused

ORIGIN = messages_origin(NETWORK)
HUB = PlainLogSigner("hub")
TREE = MemoryTree(bytes((number,)) for number in range(13))
CHECKPOINT = TREE.checkpoint(ORIGIN)
RAW = sign_checkpoint(HUB, CHECKPOINT, NOW)
ROOT = CHECKPOINT.root
LEAF = leaf_hash(TREE.entries[5])
PROOF = inclusion_proof(5, 13, TREE.get)
GROWTH = consistency_proof(6, 13, TREE.get)
OLD_ROOT = MemoryTree(TREE.entries[:6]).frontier.root()
AUDITOR = PlainLogSigner("at.audit")
WITNESS = Witness("at.audit", AUDITOR.keys)


def with_lines(*lines: NoteLine) -> bytes:
    return add_cosignatures(head_of(RAW, ORIGIN, HUB.keys), lines)


def test_attack_018_too_few_cosignatures() -> None:
    other = Witness("mk.mvr", PlainLogSigner("mk.mvr").keys)
    head = head_of(with_lines(*cosign(AUDITOR, "at.audit", CHECKPOINT, NOW)), ORIGIN, HUB.keys)
    with refused(Code.QUORUM):
        verify_quorum(head, (WITNESS, other), 2)


def test_attack_020_cosignature_of_another_log() -> None:
    elsewhere = replace(CHECKPOINT, origin=directory_origin(NETWORK))
    head = head_of(with_lines(*cosign(AUDITOR, "at.audit", elsewhere, NOW)), ORIGIN, HUB.keys)
    with refused(Code.BAD_COSIGNATURE):
        verify_cosignature(head, WITNESS)


def test_attack_021_cosignature_under_another_name() -> None:
    """The same keys listed under another name: the lines are renamed and their key ids made to fit, and still fail."""
    renamed = Witness("mk.mvr", AUDITOR.keys)
    lines = [
        NoteLine("mk.mvr", note_key_id("mk.mvr", kind, key), line.signature)
        for kind, key, line in zip(
            (4, 6),
            (AUDITOR.keys.ed25519, AUDITOR.keys.mldsa44),
            cosign(AUDITOR, "at.audit", CHECKPOINT, NOW),
            strict=True,
        )
    ]
    head = head_of(with_lines(*lines), ORIGIN, HUB.keys)
    with refused(Code.BAD_COSIGNATURE):
        verify_cosignature(head, renamed)
    assert verify_cosignature(head, WITNESS) is None


def rewritten(old: str, new: str) -> bytes:
    """Return the checkpoint with its text changed and signed again, so that only the shape can be at fault."""
    note = parse_note(RAW)
    text = note.text.replace(old.encode(), new.encode())
    assert text != note.text
    signature = HUB.sign_ed25519(text)
    return encode_note(replace(note, text=text, lines=(replace(note.lines[0], signature=signature), note.lines[1])))


@pytest.mark.parametrize(
    "raw",
    [
        rewritten("\n13\n", "\n013\n"),
        rewritten("\n13\n", "\n+13\n"),
        rewritten("\n13\n", "\n13 \n"),
        rewritten("=\n", "\n"),
        rewritten("=\n", "=\nextension\n"),
        rewritten(ORIGIN, ORIGIN.upper()),
        RAW.replace(b"\n", b"\r\n"),
        RAW[:-1],
        RAW + b"\n",
        RAW.replace(b"\n\n", b"\n"),
        RAW + b"".join(encode_line(NoteLine(f"w{n}", bytes(4), b"s")) + b"\n" for n in range(15)),
        RAW + encode_line(NoteLine("w", bytes(4), b"ss"))[:-1] + b"\n",
        RAW + encode_line(NoteLine("w", bytes(4), b"s"))[:-1] + b"B=\n",
        RAW + RAW.rsplit(b"\n", 2)[1] + b"\n",
    ],
    ids=[
        "leading zero",
        "plus sign",
        "space",
        "root without padding",
        "extension line",
        "origin in capitals",
        "carriage returns",
        "no last newline",
        "empty last line",
        "no empty line",
        "17 lines",
        "short base64",
        "second base64 spelling",
        "one line twice",
    ],
)
def test_attack_104_other_spelling_of_a_checkpoint(raw: bytes) -> None:
    with refused(Code.BAD_CHECKPOINT):
        verify_checkpoint(raw, ORIGIN, HUB.keys)


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (5, 13, (*PROOF, PROOF[0])),
        (5, 13, (PROOF[0], *PROOF)),
        (5, 13, PROOF[:-1]),
        (5, 13, PROOF[1:]),
        (5, 13, ()),
        (5, 13, (PROOF[0][:31], *PROOF[1:])),
        (5, 13, (PROOF[0] + b"\x00", *PROOF[1:])),
        (13, 13, PROOF),
        (5 + (1 << 64), 13, PROOF),
        (-1, 13, PROOF),
        (4, 13, PROOF),
        (5, 0, PROOF),
        (5, 8, PROOF),
    ],
)
def test_attack_105_other_inclusion_proof(index: int, size: int, proof: tuple[bytes, ...]) -> None:
    verify_inclusion(LEAF, 5, 13, PROOF, ROOT)
    with refused(Code.BAD_INCLUSION):
        verify_inclusion(LEAF, index, size, proof, ROOT)


@pytest.mark.parametrize(
    ("first", "second", "proof"),
    [
        (0, 13, ()),
        (0, 13, GROWTH),
        (0, 0, ()),
        (14, 13, GROWTH),
        (13, 6, GROWTH),
        (6, 13, (*GROWTH, GROWTH[0])),
        (6, 13, GROWTH[:-1]),
        (6, 13, ()),
        (6, 13, (GROWTH[0][:31], *GROWTH[1:])),
        (7, 13, GROWTH),
        (6, 8, GROWTH),
    ],
)
def test_attack_106_other_consistency_proof(first: int, second: int, proof: tuple[bytes, ...]) -> None:
    verify_consistency(6, 13, OLD_ROOT, ROOT, GROWTH)
    with refused(Code.BAD_CONSISTENCY):
        verify_consistency(first, second, OLD_ROOT, ROOT, proof)


def test_attack_106_a_checkpoint_of_an_empty_tree_proves_nothing() -> None:
    empty = MemoryTree().checkpoint(ORIGIN)
    assert verify_checkpoint(sign_checkpoint(HUB, empty, NOW), ORIGIN, HUB.keys) == Checkpoint(ORIGIN, 0, empty.root)
    with refused(Code.BAD_CONSISTENCY):
        verify_consistency(0, 13, empty.root, ROOT, ())
