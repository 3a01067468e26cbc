"""Checkpoints: one text, two signatures of the log, nothing else believed."""

from dataclasses import replace

import pytest

from protocol.checkpoint import (
    Checkpoint,
    LogKeys,
    check_log_keys,
    checkpoint_text,
    cosigned_message,
    directory_origin,
    messages_origin,
    parse_checkpoint_text,
    sign_checkpoint,
    verify_checkpoint,
    verify_head,
)
from protocol.errors import Code
from protocol.merkle import EMPTY_ROOT
from protocol.note import MLDSA44_COSIGNATURE, Note, NoteLine, encode_note, note_key_id, parse_note
from tests.simulators.log import PlainLogSigner
from tests.simulators.party import NETWORK, NOW
from tests.simulators.refusal import refused

ORIGIN = messages_origin(NETWORK)
SIGNER, OTHER = PlainLogSigner("hub"), PlainLogSigner("other")
HEAD = Checkpoint(ORIGIN, 42, bytes(range(32)))
RAW = sign_checkpoint(SIGNER, HEAD, NOW)
PLAIN, STAMPED = parse_note(RAW).lines
ROOT64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def note(*lines: NoteLine, text: bytes = checkpoint_text(HEAD)) -> bytes:
    return encode_note(Note(text, lines))


def test_both_logs_of_a_network_have_their_origin() -> None:
    assert directory_origin(b"\x0a" * 16) == "0a" * 16 + "/directory"
    assert messages_origin(b"\x0a" * 16) == "0a" * 16 + "/messages"


def test_a_signed_checkpoint_verifies() -> None:
    assert verify_checkpoint(RAW, ORIGIN, SIGNER.keys) == HEAD
    head = verify_head(RAW, ORIGIN, SIGNER.keys)
    assert (head.checkpoint, head.time, head.note.lines) == (HEAD, NOW, (PLAIN, STAMPED))


def test_the_text_is_three_lines() -> None:
    assert checkpoint_text(HEAD) == f"{ORIGIN}\n42\n{ROOT64}\n".encode()


def test_the_largest_and_the_empty_tree_are_trees() -> None:
    for checkpoint in (Checkpoint(ORIGIN, (1 << 63) - 1, bytes(32)), Checkpoint(ORIGIN, 0, EMPTY_ROOT)):
        assert parse_checkpoint_text(checkpoint_text(checkpoint)) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"log\n42\n{ROOT64}",
        f"log\n42\n{ROOT64}\n\n",
        f"log\n42\n{ROOT64}\nextension\n",
        f"\n42\n{ROOT64}\n",
        f"lo g\n42\n{ROOT64}\n",
        f"lo+g\n42\n{ROOT64}\n",
        f"l\u00f6g\n42\n{ROOT64}\n",
        "l" * 256 + f"\n42\n{ROOT64}\n",
        f"log\n042\n{ROOT64}\n",
        f"log\n+42\n{ROOT64}\n",
        f"log\n-1\n{ROOT64}\n",
        f"log\n\n{ROOT64}\n",
        f"log\n\u0664\u0662\n{ROOT64}\n",
        f"log\n{1 << 63}\n{ROOT64}\n",
        f"log\n{10**19}\n{ROOT64}\n",
        f"log\n0\n{ROOT64}\n",
        f"log\n42\n{ROOT64[:-1]}\n",
        f"log\n42\n{ROOT64[:-2]}9=\n",
        f"log\n42\n{ROOT64[:-4]}HR==\n",
        f"log\n42\n{'A' * 44}\n",
        f"log\n42\n{'=' * 44}\n",
        f"log\r\n42\r\n{ROOT64}\r\n",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with refused(Code.BAD_CHECKPOINT):
        parse_checkpoint_text(text.encode())


def test_another_origin_is_another_log() -> None:
    with refused(Code.BAD_CHECKPOINT):
        verify_checkpoint(RAW, directory_origin(NETWORK), SIGNER.keys)


@pytest.mark.parametrize("lines", [(PLAIN,), (STAMPED,)])
def test_both_lines_are_required(lines: tuple[NoteLine, ...]) -> None:
    with refused(Code.MISSING_SIGNATURE):
        verify_checkpoint(note(*lines), ORIGIN, SIGNER.keys)


@pytest.mark.parametrize(
    "keys",
    [
        OTHER.keys,
        LogKeys(SIGNER.keys.ed25519, OTHER.keys.mldsa44),
        LogKeys(OTHER.keys.ed25519, SIGNER.keys.mldsa44),
    ],
)
def test_lines_of_other_keys_do_not_count(keys: LogKeys) -> None:
    with refused(Code.MISSING_SIGNATURE):
        verify_checkpoint(RAW, ORIGIN, keys)


def test_unknown_lines_are_ignored() -> None:
    stranger = NoteLine("stranger", bytes(4), b"anything")
    assert verify_checkpoint(note(stranger, STAMPED, PLAIN), ORIGIN, SIGNER.keys) == HEAD


@pytest.mark.parametrize(
    "lines",
    [
        (replace(PLAIN, signature=bytes(64)), STAMPED),
        (replace(PLAIN, signature=PLAIN.signature[:-1]), STAMPED),
        (PLAIN, replace(STAMPED, signature=STAMPED.signature[:-1])),
        (PLAIN, replace(STAMPED, signature=b"\x00")),
        (PLAIN, replace(STAMPED, signature=(NOW + 1).to_bytes(8, "big") + STAMPED.signature[8:])),
        (PLAIN, replace(STAMPED, signature=b"\xff" * 8 + STAMPED.signature[8:])),
    ],
)
def test_each_line_is_verified(lines: tuple[NoteLine, ...]) -> None:
    with refused(Code.BAD_SIGNATURE):
        verify_checkpoint(note(*lines), ORIGIN, SIGNER.keys)


@pytest.mark.parametrize("changed", [replace(HEAD, size=43), replace(HEAD, root=bytes(32))])
def test_another_tree_is_not_signed(changed: Checkpoint) -> None:
    with refused(Code.BAD_SIGNATURE):
        verify_checkpoint(note(PLAIN, STAMPED, text=checkpoint_text(changed)), ORIGIN, SIGNER.keys)


def test_a_key_of_a_wrong_length_verifies_nothing() -> None:
    keys = LogKeys(SIGNER.keys.ed25519, SIGNER.keys.mldsa44[:-1])
    stamped = replace(STAMPED, key_id=note_key_id(ORIGIN, MLDSA44_COSIGNATURE, keys.mldsa44))
    with refused(Code.BAD_SIGNATURE):
        verify_checkpoint(note(PLAIN, stamped), ORIGIN, keys)


def test_the_last_second_a_line_may_state() -> None:
    last = (1 << 63) - 1
    assert verify_head(sign_checkpoint(SIGNER, HEAD, last), ORIGIN, SIGNER.keys).time == last
    with refused(Code.BAD_SIGNATURE):
        verify_head(sign_checkpoint(SIGNER, HEAD, last + 1), ORIGIN, SIGNER.keys)


def test_what_mldsa_signs_is_the_cosigned_message() -> None:
    message = cosigned_message("w1", Checkpoint("log", 5, b"r" * 32), 9)
    assert message == b"subtree/v1\n\x00\x02w1" + bytes(7) + b"\x09\x03log" + bytes(15) + b"\x05" + b"r" * 32


def test_sound_keys_may_be_registered() -> None:
    check_log_keys(SIGNER.keys)


@pytest.mark.parametrize(
    "keys",
    [
        LogKeys(bytes(32), SIGNER.keys.mldsa44),
        LogKeys(SIGNER.keys.ed25519[:-1], SIGNER.keys.mldsa44),
        LogKeys(SIGNER.keys.ed25519, SIGNER.keys.mldsa44[:-1]),
    ],
)
def test_unsound_keys_may_not(keys: LogKeys) -> None:
    with refused(Code.KEY_INVALID):
        check_log_keys(keys)
