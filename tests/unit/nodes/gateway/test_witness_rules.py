"""What a witness demands before it cosigns, and what it calls a log that breaks it."""

from dataclasses import replace

import pytest

from keys.records import RestartRecord
from nodes.gateway.witness_rules import (
    LATE,
    STOPPING,
    Contradiction,
    Finding,
    Kept,
    Shown,
    adopt,
    begin_again,
    begin_reading,
    check_growth,
    compare_clocks,
    compare_heads,
    cuts_off,
    finish_reading,
    is_after,
    is_due,
    read_leaves,
    signed,
    signs_both,
)
from protocol.checkpoint import messages_origin, sign_checkpoint, verify_head
from protocol.errors import Code
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.limits import CLOCK_SKEW, WITNESS_FRESH
from protocol.merkle import Frontier, consistency_proof
from protocol.statement_network import Log, Restart
from tests.simulators.log import MemoryTree, PlainLogSigner
from tests.simulators.party import NETWORK, NOW
from tests.simulators.refusal import refused

LOG = PlainLogSigner("hub")
ORIGIN = messages_origin(NETWORK)


def leaf(number: int, time: int = NOW, directory: int = 3, root: bytes = b"d" * 32) -> bytes:
    return encode_leaf(Leaf(LeafKind.MESSAGE, bytes((number,)) * 32, time, directory, root))


def shown(tree: MemoryTree, time: int = NOW, at: int = NOW, looked_at: int = 0) -> Shown:
    raw = sign_checkpoint(LOG, tree.checkpoint(ORIGIN), time)
    return Shown(verify_head(raw, ORIGIN, LOG.keys), raw, at, looked_at)


def kept(tree: MemoryTree, head: Shown | None = None) -> Kept:
    """Return what a witness keeps after it cosigned this tree."""
    first = head or shown(tree)
    return finish_reading(Kept(Frontier()), read_leaves(begin_reading(Kept(Frontier()), first), tree.entries), first)[0]


FOUR = MemoryTree([leaf(number) for number in range(4)])
SIX = MemoryTree([leaf(number) for number in range(6)])


def test_a_log_that_grows_from_what_is_kept_is_taken() -> None:
    before, now = kept(FOUR), shown(SIX, NOW + 9)
    assert compare_heads(before, now) is None
    assert check_growth(before, now, consistency_proof(4, 6, SIX.get)) is None
    after, found = finish_reading(before, read_leaves(begin_reading(before, now), SIX.entries[4:]), now)
    assert found is None
    assert (after.size, after.frontier.root(), after.note, after.head_time) == (
        6,
        now.head.checkpoint.root,
        now.raw,
        NOW + 9,
    )
    assert (after.leaf_time, after.directory_size, after.brought) == (NOW, 3, False)


def test_a_smaller_log_is_a_rollback_and_another_root_a_split_view() -> None:
    other = MemoryTree([leaf(9), *FOUR.entries[1:]])
    assert compare_heads(kept(FOUR), shown(FOUR)) is None
    assert compare_heads(Kept(Frontier()), shown(MemoryTree())) is None
    for before, now, finding in ((SIX, FOUR, Finding.ROLLBACK), (FOUR, other, Finding.SPLIT_VIEW)):
        stood = kept(before)
        said = shown(now)
        assert compare_heads(stood, said) == Contradiction(finding, stood.note, said.raw)
        assert finding in STOPPING


@pytest.mark.parametrize("proof", [(), (b"x" * 32,), (b"short",)])
def test_a_proof_that_fails_is_a_fork(proof: tuple[bytes, ...]) -> None:
    stood, said = kept(FOUR), shown(SIX)
    assert check_growth(stood, said, proof) == Contradiction(Finding.FORK, stood.note, said.raw, proof)


@pytest.mark.parametrize(
    ("time", "looked_at", "drifts"),
    [
        (NOW + CLOCK_SKEW, 0, False),
        (NOW + CLOCK_SKEW + 1, 0, True),
        (NOW - 86_400, 0, False),
        (NOW - CLOCK_SKEW, NOW, False),
        (NOW - CLOCK_SKEW - 1, NOW, True),
    ],
)
def test_a_clock_that_is_five_minutes_off(time: int, looked_at: int, *, drifts: bool) -> None:
    said = shown(FOUR, time, NOW, looked_at)
    assert compare_clocks(said) == (Contradiction(Finding.CLOCK_DRIFT, b"", said.raw) if drifts else None)


@pytest.mark.parametrize(
    ("time", "looked_at", "late"),
    [
        (NOW - LATE, 0, False),
        (NOW - LATE - 1, 0, True),
        (NOW + 1_000, NOW + 1_300, False),
        (NOW + 999, NOW + 1_300, True),
    ],
)
def test_a_leaf_older_than_a_look_without_it_is_late(time: int, looked_at: int, *, late: bool) -> None:
    stood = replace(kept(FOUR), leaf_time=0)
    entry = leaf(7, time)
    said = shown(MemoryTree([*FOUR.entries, entry]), NOW + 1_300, NOW + 1_300, looked_at)
    after, found = finish_reading(stood, read_leaves(begin_reading(stood, said), [entry]), said)
    assert after.size == 5
    assert found == (Contradiction(Finding.LATE_ENTRY, stood.note, said.raw, (entry,)) if late else None)


@pytest.mark.parametrize("entry", [leaf(7, NOW - 1), leaf(7, NOW, 2)])
def test_time_and_directory_never_decrease(entry: bytes) -> None:
    stood = kept(FOUR)
    said = shown(MemoryTree([*FOUR.entries, entry]))
    _, found = finish_reading(stood, read_leaves(begin_reading(stood, said), [entry]), said)
    assert found is not None
    assert found.finding is Finding.LATE_ENTRY
    assert found.finding not in STOPPING


def test_a_drifting_log_is_told_of_its_clock_and_not_of_every_leaf() -> None:
    stood = replace(kept(FOUR, shown(FOUR, NOW - 9_000)), leaf_time=0)
    entry = leaf(7, NOW - 900)
    said = shown(MemoryTree([*FOUR.entries, entry]), NOW - 900, NOW, NOW)
    assert compare_clocks(said) is not None
    assert finish_reading(stood, read_leaves(begin_reading(stood, said), [entry]), said)[1] is None


@pytest.mark.parametrize(
    ("time", "looked_at", "drifts", "late"),
    [
        (NOW - CLOCK_SKEW, 0, False, False),
        (NOW - CLOCK_SKEW - 1, 0, False, True),
        (NOW + 1_000, NOW + 1_300, False, False),
        (NOW + 999, NOW + 1_300, False, True),
        (NOW - CLOCK_SKEW, NOW + 9_000, True, False),
    ],
)
def test_after_a_restart_what_stood_before_is_as_old_as_it_says(
    time: int, looked_at: int, *, drifts: bool, late: bool
) -> None:
    stored = kept(SIX)
    old, entry = [leaf(number, NOW - 90_000) for number in range(4)], leaf(7, time)
    tree = MemoryTree([*old, entry])
    at = max(NOW, looked_at)
    said = shown(tree, at - 9_000 if drifts else at, at, looked_at)
    assert (compare_clocks(said) is not None) is drifts
    reading = read_leaves(begin_again(stored, said, len(old)), tree.entries)
    assert reading.late == ((entry,) if late else ())


def test_a_leaf_of_the_future_is_a_drifting_clock() -> None:
    stood, entry = kept(FOUR), leaf(7, NOW + CLOCK_SKEW + 1)
    said = shown(MemoryTree([*FOUR.entries, entry]))
    _, found = finish_reading(stood, read_leaves(begin_reading(stood, said), [entry]), said)
    assert found == Contradiction(Finding.CLOCK_DRIFT, stood.note, said.raw)


@pytest.mark.parametrize("entries", [SIX.entries[4:5], [leaf(8), leaf(9)], []])
def test_leaves_that_are_not_those_promised_are_withheld(entries: list[bytes]) -> None:
    stood, said = kept(FOUR), shown(SIX)
    after, found = finish_reading(stood, read_leaves(begin_reading(stood, said), entries), said)
    assert (after, found) == (stood, Contradiction(Finding.WITHHELD_MESSAGE, stood.note, said.raw))


def test_leaves_of_two_directories_of_one_size_are_refused() -> None:
    start = begin_reading(Kept(Frontier()), shown(FOUR))
    with refused(Code.SPLIT_VIEW):
        read_leaves(start, [leaf(1), leaf(2, root=b"e" * 32)])
    assert read_leaves(start, [leaf(1), leaf(2, directory=4, root=b"e" * 32)]).views == ((3, b"d" * 32), (4, b"e" * 32))


def test_both_keys_sign_the_directory_always_and_messages_daily() -> None:
    stood = signed(kept(FOUR), NOW, both=True)
    assert (stood.brought, stood.both_at) == (True, NOW)
    assert signed(stood, NOW + 5, both=False).both_at == NOW
    assert signs_both(stood, NOW, always=True)
    assert not signs_both(stood, NOW + WITNESS_FRESH - 1, always=False)
    assert signs_both(stood, NOW + WITNESS_FRESH, always=False)
    assert [is_due(stood, NOW + WITNESS_FRESH - at) for at in (1, 0)] == [False, True]
    assert is_due(replace(stood, brought=False), NOW)
    assert not is_due(Kept(Frontier()), NOW)


def test_a_directory_is_kept_by_size_and_root() -> None:
    said = shown(SIX)
    taken = adopt(Kept(Frontier()), said)
    assert (taken.size, taken.frontier.root(), taken.directory_size) == (6, said.head.checkpoint.root, 6)


@pytest.mark.parametrize(
    ("log", "size", "lost", "since", "cut"),
    [
        (Log.MESSAGES, 4, 6, 4, True),
        (Log.MESSAGES, 4, 9, 4, True),
        (Log.DIRECTORY, 4, 6, 4, False),  # of the other log
        (Log.MESSAGES, 6, 9, 4, False),  # nothing that is kept is lost
        (Log.MESSAGES, 2, 5, 4, False),  # more is kept than was ever lost
        (Log.MESSAGES, 4, 6, 3, False),  # what is kept was written after it
    ],
)
def test_a_restart_cuts_off_what_it_names_and_once(log: Log, size: int, lost: int, since: int, *, cut: bool) -> None:
    restart = Restart(log=log, issued_at=NOW, size=size, root=b"r" * 32, lost_size=lost)
    found = RestartRecord(since, restart)
    assert cuts_off(found, kept(SIX)) is cut
    assert is_after(found, kept(SIX)) is (since == 3)
