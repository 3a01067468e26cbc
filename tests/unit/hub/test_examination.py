"""What is said of a submission from its bytes and its sender's keys alone."""

import os
from dataclasses import replace

import pytest

from hub.examination import Finding, Question, examine
from protocol.errors import Code
from tests.simulators.faults import refused
from tests.simulators.hub_world import DIGEST, Senders
from tests.simulators.network import MK, RS, TestNetwork

NOW = 1_790_000_000


@pytest.fixture(scope="module")
def question() -> Question:
    network = TestNetwork.small(lambda: NOW, os.urandom, members=(RS, MK), policy=DIGEST)
    envelope = Senders(network).seal(RS, MK)
    identity = network.nodes[RS.node].identity.public
    return Question(envelope.encode(), envelope.id, RS.node, identity, network.network_id)


def cases(question: Question) -> list[tuple[Question, Code | None]]:
    raw = question.raw
    other = replace(question.identity, ed25519=bytes(32))
    return [
        (question, None),
        (replace(question, named=bytes(32)), Code.MALFORMED),
        (replace(question, raw=raw[:-1]), Code.MALFORMED),
        (replace(question, raw=raw[:-1] + bytes((raw[-1] ^ 1,))), Code.BODY_HASH),
        (replace(question, caller=MK.node), Code.SENDER_MISMATCH),
        (replace(question, identity=None), Code.SENDER_MISMATCH),
        (replace(question, identity=other), Code.UNKNOWN_KEY),
        (replace(question, network=bytes(16)), Code.BAD_SIGNATURE),
    ]


def test_only_what_both_signatures_cover_is_verified(question: Question) -> None:
    for asked, code in cases(question):
        finding = examine(asked)
        assert finding.code == code
        if code is None:
            assert finding.verified().id == question.named
        else:
            with refused(code):
                finding.verified()


def test_a_well_formed_envelope_is_shown_even_when_its_signatures_are_not_good(question: Question) -> None:
    assert examine(replace(question, network=bytes(16))).envelope is not None
    assert examine(replace(question, named=bytes(32))).envelope is None


def test_a_finding_without_an_envelope_verifies_nothing() -> None:
    with refused(Code.INTERNAL):
        Finding(None).verified()
