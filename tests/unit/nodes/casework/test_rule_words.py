"""What the words of a rule call participants and codes."""

from nodes.casework.rule_words import rule_label
from tests.simulators.network import TestNetwork
from tests.simulators.node import AL, MK, RS, TestClock, packaged_bundle
from tests.simulators.party import CountingEntropy


def test_participants_have_their_names_and_codes_their_words() -> None:
    network = TestNetwork.small(TestClock(), CountingEntropy("network"), members=(RS, MK, AL), policy=bytes(32))
    label = rule_label(packaged_bundle(), network.directory.participants(), "en")
    assert label("who", "mk.ilecu") == "Desk of mk.ilecu"
    assert label("channel", "police") == "Police"
    assert label("state", "expired") is None
