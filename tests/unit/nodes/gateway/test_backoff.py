"""Waiting longer after each failure, at random, within bounds."""

from collections.abc import Callable

import pytest

from nodes.gateway.backoff import delay_s


def fixed(value: int) -> Callable[[int], bytes]:
    return lambda size: value.to_bytes(size, "big")


@pytest.mark.parametrize(
    ("attempts", "drawn", "expected"),
    [(1, 0, 1), (1, 3, 4), (1, 4, 1), (2, 7, 8), (10, 0xFFFFFFFF, 1 + 0xFFFFFFFF % 300), (99, 299, 300), (0, 3, 4)],
)
def test_the_wait_is_drawn_below_a_ceiling_that_doubles(attempts: int, drawn: int, expected: int) -> None:
    assert delay_s(attempts, 4, 300, fixed(drawn)) == expected


def test_two_nodes_do_not_come_back_together() -> None:
    assert delay_s(6, 4, 300, fixed(5)) != delay_s(6, 4, 300, fixed(99))
