"""After which event another may follow, as docs/wire.md section 4.4 lists it."""

import pytest

from protocol.errors import Code
from protocol.evidence import Event
from protocol.evidence_order import check_order, contradict, may_follow
from tests.simulators.refusal import refused

HANDED, READ, FAILED, BACK = Event


@pytest.mark.parametrize(
    ("earlier", "event", "may"),
    [
        ([], FAILED, True),
        ([FAILED], HANDED, True),
        ([HANDED], FAILED, False),
        ([HANDED], READ, True),
        ([HANDED], BACK, True),
        ([HANDED, READ], HANDED, False),
        ([HANDED, BACK], FAILED, False),
        ([HANDED], HANDED, True),
    ],
)
def test_nothing_is_taken_back(earlier: list[Event], event: Event, may: bool) -> None:
    assert may_follow(earlier, event) is may


def test_an_order_that_goes_back_is_refused() -> None:
    check_order([FAILED, HANDED, READ])
    with refused(Code.BAD_EVIDENCE):
        check_order([HANDED, READ, FAILED])


@pytest.mark.parametrize("event", Event)
def test_who_was_never_handed_anything_says_nothing(event: Event) -> None:
    assert contradict([event], unserved=True)
    assert not contradict([event], unserved=False)
    assert not contradict([], unserved=True)
