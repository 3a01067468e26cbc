"""What travels through a browser under seal."""

from nodes.desk.seal import Seal
from tests.simulators.node import TestClock
from tests.simulators.party import CountingEntropy


def test_what_was_sealed_comes_back_for_its_purpose_in_time() -> None:
    clock = TestClock()
    seal = Seal(bytes(32), clock, CountingEntropy("seal"))
    text = seal.close("said", ["ž", {"a": 1}], 60)
    assert seal.open("said", text) == ["ž", {"a": 1}]
    assert seal.open("kept", text) is None
    assert Seal(b"\x01" * 32, clock, CountingEntropy("x")).open("said", text) is None
    assert seal.close("said", ["ž", {"a": 1}], 60) != text
    clock.advance(60)
    assert seal.open("said", text) is None


def test_what_was_not_sealed_is_nothing() -> None:
    seal = Seal(bytes(32), TestClock(), CountingEntropy("seal"))
    text = seal.close("said", "a", 60)
    for wrong in ("", "x", "é", "=", text[:-4], text[:8] + ("A" if text[8] != "A" else "B") + text[9:]):
        assert seal.open("said", wrong) is None
