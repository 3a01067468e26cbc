"""A loop that stands still: told once, with the place, and again when it happens again."""

import io
import json

from runtime.log import Log
from runtime.metrics import Metrics
from runtime.watchdog import Watchdog


class Case:
    def __init__(self) -> None:
        self.now = 100.0
        self.out = io.StringIO()
        self.metrics = Metrics("hub")
        self.dog = Watchdog(self.metrics, Log(self.out, lambda: 1_790_000_000, bytes(32)), lambda: self.now)

    def look_after(self, seconds: float) -> None:
        self.now += seconds
        self.dog.look()

    @property
    def told(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    @property
    def counted(self) -> bytes:
        lines = self.metrics.exposition().splitlines()
        return next(line for line in lines if line.startswith(b"hub_loop_stalls_total"))


def test_a_loop_that_comes_round_is_left_alone() -> None:
    case = Case()
    for _ in range(5):
        case.look_after(4.9)
        case.dog.beat()
    assert case.told == []
    assert case.counted.endswith(b" 0.0")


def test_a_blocked_loop_is_told_once_with_the_place() -> None:
    case = Case()
    case.look_after(5)
    case.look_after(60)
    (told,) = case.told
    assert (told["event"], told["level"], told["seconds"]) == ("stalled", "error", 5)
    assert any(place.startswith("runtime.watchdog:") for place in told["places"])  # here the loop's thread looks itself
    assert case.counted.endswith(b" 1.0")


def test_a_second_stall_is_told_again() -> None:
    case = Case()
    case.look_after(5)
    case.dog.beat()
    case.look_after(7)
    assert [each["seconds"] for each in case.told] == [5, 7]


async def test_it_watches_as_long_as_it_is_asked_to() -> None:
    case = Case()
    async with case.dog.watching():
        assert case.told == []
    assert case.told == []
