"""When a log is anchored, and what its anchors say of it later."""

import hashlib

import pytest

from nodes.casework.processing_log import Head
from nodes.casework.processing_log_anchors import AnchorCheck, Anchored, check_anchors, is_due, make_anchor
from protocol.ids import NodeId

HERE = NodeId("rs.ilecu")
PACE = (86_400, 1_000)


def salt(count: int) -> bytes:
    return count.to_bytes(16, "big")


def head(count: int, of: str = "this log") -> Head:
    return Head(count, hashlib.sha256(f"{of} {count}".encode()).digest())


def anchored(count: int, of: str = "this log") -> Anchored:
    made = make_anchor(HERE, head(count, of), salt)
    return Anchored(made.count, made.commitment, 1_000 * count, count)


def check(*anchors: Anchored, upto: int = 99) -> AnchorCheck:
    return check_anchors(HERE, anchors, {count: head(count).hash for count in range(upto + 1)}, salt)


@pytest.mark.parametrize(
    ("number", "last", "now", "due"),
    [
        (0, None, 0, False),
        (1, None, 0, True),
        (7, (7, 0), 1 << 40, False),
        (8, (7, 100), 100 + 86_399, False),
        (8, (7, 100), 100 + 86_400, True),
        (1_006, (7, 100), 100, False),
        (1_007, (7, 100), 100, True),
        (5, (7, 100), 1 << 40, False),
    ],
)
def test_an_anchor_is_due_by_time_or_by_entries(
    number: int, last: tuple[int, int] | None, now: int, *, due: bool
) -> None:
    assert is_due(head(number), last, now, PACE) is due


def test_a_log_that_is_the_one_that_was_anchored_goes_through_all_its_anchors() -> None:
    found = check(anchored(9), anchored(3))
    assert ([each.count for each in found.covered], found.wrong) == ([3, 9], ())
    assert found.last == anchored(9)
    assert AnchorCheck().last is None


def test_what_is_not_what_was_anchored_lies_between_two_anchors() -> None:
    found = check(anchored(3), anchored(6, "another"), anchored(7, "another"), anchored(9), anchored(12, "another"))
    assert [each.count for each in found.covered] == [3, 9]
    assert [(each.after and each.after.count, each.upto.count) for each in found.wrong] == [(3, 7), (9, 12)]
    assert [each and each.count for each in found.around(5)] == [3, 9]
    assert [each and each.count for each in found.around(3)] == [None, 3]
    assert [each and each.count for each in found.around(20)] == [9, None]


def test_a_log_that_was_cut_has_lost_its_anchors() -> None:
    found = check(anchored(3), anchored(9), upto=5)
    assert [(each.after and each.after.count, each.upto.count) for each in found.wrong] == [(3, 9)]
    (only,) = check(anchored(3), upto=1).wrong
    assert (only.after, only.upto.count) == (None, 3)


def test_another_node_or_salt_is_no_anchor_of_this_log() -> None:
    heads = {3: head(3).hash}
    assert check_anchors(NodeId("mk.ilecu"), [anchored(3)], heads, salt).wrong
    assert check_anchors(HERE, [anchored(3)], heads, lambda _count: bytes(16)).wrong
