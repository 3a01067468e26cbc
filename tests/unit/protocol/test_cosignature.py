"""Witness cosignatures: both lines of a witness at one time, or none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from protocol.checkpoint import Checkpoint, Head, directory_origin, messages_origin, sign_checkpoint, verify_head
from protocol.cosignature import (
    Cosignature,
    Witness,
    add_cosignatures,
    cosign,
    encode_lines,
    find_cosignature,
    needs_both,
    parse_lines,
    verify_cosignature,
    verify_quorum,
)
from protocol.errors import Code
from protocol.note import NoteLine
from tests.simulators.log import PlainLogSigner
from tests.simulators.party import NETWORK, NOW
from tests.simulators.refusal import refused

ORIGIN = messages_origin(NETWORK)
LOG = PlainLogSigner("hub")
TREE = Checkpoint(ORIGIN, 7, b"r" * 32)
DIRECTORY = Checkpoint(directory_origin(NETWORK), 7, b"r" * 32)
SIGNERS = {name: PlainLogSigner(name) for name in ("at.audit", "mk.mvr", "rs.mup")}
WITNESSES = tuple(Witness(name, signer.keys) for name, signer in SIGNERS.items())
AUDIT = WITNESSES[0]
PLAIN, STAMPED = cosign(SIGNERS["at.audit"], "at.audit", TREE, NOW)


def head(lines: Sequence[NoteLine] = (), tree: Checkpoint = TREE) -> Head:
    """Return a verified head that carries these lines."""
    bare = verify_head(sign_checkpoint(LOG, tree, NOW), tree.origin, LOG.keys)
    return verify_head(add_cosignatures(bare, lines), tree.origin, LOG.keys)


def cosigned(*names: str) -> Head:
    return head([line for name in names for line in cosign(SIGNERS[name], name, TREE, NOW + len(name))])


def test_a_cosignature_states_its_time() -> None:
    assert verify_cosignature(head([PLAIN, STAMPED]), AUDIT) == NOW


def test_an_absent_witness_is_no_fault() -> None:
    assert verify_cosignature(head(), AUDIT) is None
    assert verify_cosignature(cosigned("mk.mvr"), AUDIT) is None


@pytest.mark.parametrize("at", [0, 1])
def test_half_a_cosignature_of_the_directory_is_refused(at: int) -> None:
    line = cosign(SIGNERS["at.audit"], "at.audit", DIRECTORY, NOW)[at]
    with refused(Code.BAD_COSIGNATURE):
        verify_cosignature(head([line], DIRECTORY), AUDIT)


def test_in_the_message_log_the_ed25519_line_is_enough_and_the_other_alone_is_not() -> None:
    assert find_cosignature(head([PLAIN]), AUDIT) == Cosignature(NOW, both=False)
    assert find_cosignature(head([PLAIN, STAMPED]), AUDIT) == Cosignature(NOW, both=True)
    with refused(Code.BAD_COSIGNATURE):
        find_cosignature(head([STAMPED]), AUDIT)


@pytest.mark.parametrize("origin", ["log.example/messages.old", "log.example/directory", "messages"])
def test_every_log_but_a_message_log_needs_both_lines(origin: str) -> None:
    assert needs_both(origin)
    assert not needs_both(ORIGIN)


def test_two_times_are_refused() -> None:
    later, _ = cosign(SIGNERS["at.audit"], "at.audit", TREE, NOW + 1)
    with refused(Code.BAD_COSIGNATURE):
        verify_cosignature(head([later, STAMPED]), AUDIT)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("signature", [b"\x00", bytes(8), bytes(72), b"\xff" * 72, NOW.to_bytes(8, "big") + bytes(64)])
def test_a_line_that_fails_is_an_alarm(which: int, signature: bytes) -> None:
    lines = [PLAIN, STAMPED]
    lines[which] = replace(lines[which], signature=signature)
    with refused(Code.BAD_COSIGNATURE):
        verify_cosignature(head(lines), AUDIT)


def test_both_lines_beyond_the_last_second_are_refused() -> None:
    lines = [replace(line, signature=b"\xff" * 8 + line.signature[8:]) for line in (PLAIN, STAMPED)]
    with refused(Code.BAD_COSIGNATURE):
        verify_cosignature(head(lines), AUDIT)


def test_a_quorum_is_counted_by_witness() -> None:
    seen = verify_quorum(cosigned("at.audit", "rs.mup"), WITNESSES, 2)
    assert seen == {"at.audit": NOW + 8, "rs.mup": NOW + 6}
    assert verify_quorum(cosigned("mk.mvr"), WITNESSES, 1) == {"mk.mvr": NOW + 6}


@pytest.mark.parametrize(("names", "quorum"), [(("at.audit",), 2), ((), 1), (tuple(SIGNERS), 4), (tuple(SIGNERS), 0)])
def test_below_the_quorum_nothing_is_witnessed(names: tuple[str, ...], quorum: int) -> None:
    with refused(Code.QUORUM):
        verify_quorum(cosigned(*names), WITNESSES, quorum)


def test_strangers_do_not_count() -> None:
    with refused(Code.QUORUM):
        verify_quorum(cosigned(*SIGNERS), WITNESSES[:1], 2)


def test_one_bad_line_spoils_the_quorum() -> None:
    lines = [line for name in ("mk.mvr", "rs.mup") for line in cosign(SIGNERS[name], name, TREE, NOW)]
    with refused(Code.BAD_COSIGNATURE):
        verify_quorum(head([*lines, PLAIN, replace(STAMPED, signature=bytes(72))]), WITNESSES, 2)


def test_a_newer_line_of_the_same_key_replaces_the_older() -> None:
    first = head([PLAIN, STAMPED])
    again = add_cosignatures(first, cosign(SIGNERS["at.audit"], "at.audit", TREE, NOW + 60))
    renewed = verify_head(again, ORIGIN, LOG.keys)
    assert len(renewed.note.lines) == len(first.note.lines) == 4
    assert verify_cosignature(renewed, AUDIT) == NOW + 60


def test_no_more_lines_than_readers_accept() -> None:
    lines = [NoteLine(f"w{number}", bytes(4), b"s") for number in range(14)]
    assert len(head(lines).note.lines) == 16
    with refused(Code.TOO_LARGE):
        add_cosignatures(head(lines), [PLAIN])


def test_lines_travel_as_one_text() -> None:
    for lines in ((PLAIN,), (PLAIN, STAMPED)):
        assert parse_lines(encode_lines(lines)) == lines
    for raw in (b"", b"\n", encode_lines([PLAIN])[:-1], encode_lines([PLAIN, STAMPED, PLAIN]), b"x\n"):
        with refused(Code.BAD_CHECKPOINT):
            parse_lines(raw)
