"""The hub believes an issue time only when it is near its own."""

import pytest

from keys.admission import ALONE, TOGETHER, check_issue_time
from protocol.errors import Code
from protocol.limits import CLOCK_SKEW
from protocol.statements import Body
from tests.simulators.party import NOW
from tests.simulators.refusal import refused
from tests.simulators.statements import AGREEMENT, KEYS, POLICY, SUSPENSION


@pytest.mark.parametrize(
    ("body", "age"), [(KEYS, ALONE), (SUSPENSION, ALONE), (POLICY, TOGETHER), (AGREEMENT, TOGETHER)]
)
def test_a_statement_may_be_so_old(body: Body, age: int) -> None:
    check_issue_time(body, NOW + age)
    with refused(Code.EXPIRED):
        check_issue_time(body, NOW + age + 1)


def test_a_statement_may_be_a_little_ahead() -> None:
    check_issue_time(POLICY, NOW - CLOCK_SKEW)
    with refused(Code.NOT_YET_VALID):
        check_issue_time(POLICY, NOW - CLOCK_SKEW - 1)
