"""A hundred thousand headers: sender, hub and recipient agree on each."""

import os

import pytest

from tests.simulators.policies import shipped_policies
from tests.simulators.two_sides import judged_headers, sides_differ

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]
COUNT = 100_000


def test_sender_hub_and_recipient_agree_on_a_hundred_thousand_headers() -> None:
    policies, seed = shipped_policies(), int(os.environ.get("TORTURE_SEED", "1"))
    for each in judged_headers(COUNT, seed):
        assert sides_differ(each, policies) is None, (seed, each)
