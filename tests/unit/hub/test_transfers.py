"""Places for parts on their way."""

import pytest

from hub.transfers import Transfers
from protocol.errors import Code
from protocol.ids import NodeId
from tests.simulators.refusal import refused

RS, MK = NodeId("rs.contact"), NodeId("mk.contact")


def test_a_node_has_its_places_and_no_more() -> None:
    transfers = Transfers(most=3, per_node=2)
    with transfers.slot(RS), transfers.slot(RS):
        with refused(Code.RATE_LIMITED), transfers.slot(RS):
            pass
        with transfers.slot(MK), refused(Code.BUSY), transfers.slot(MK):
            pass
        assert transfers.busy == 2
    assert transfers.busy == 0


def test_a_place_is_given_back_after_a_failure() -> None:
    transfers = Transfers(most=1, per_node=1)
    for _ in range(2):
        with pytest.raises(ValueError, match="cut"), transfers.slot(RS):
            raise ValueError("cut")
    assert transfers.busy == 0
