"""The same digest and the same facts give the same verdict at sender, hub and recipient (tests/torture asks longer)."""

from collections import Counter

from protocol.decision import Verdict
from tests.simulators.policies import shipped_policies
from tests.simulators.two_sides import judged_headers, sides_differ

COUNT = 5_000


def test_sender_hub_and_recipient_agree_on_generated_headers() -> None:
    policies, verdicts = shipped_policies(), Counter[str]()
    for each in judged_headers(COUNT, seed=1):
        assert sides_differ(each, policies) is None, each
        verdicts[each.sender.verdict] += 1
        verdicts["bytes"] += each.hub is not None
    assert verdicts.total() == COUNT + verdicts["bytes"]
    assert verdicts["bytes"] > COUNT // 2
    assert verdicts[Verdict.ALLOW] > COUNT // 20
    assert verdicts[Verdict.DENY] > COUNT // 4
