"""What is said of a submission, here and across a socket: the same."""

import os
import socket
import threading
from dataclasses import replace

import pytest

from hub.examination import Finding, Question, examine
from hub.examiner import ask, receive_frame, send_frame, serve
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


@pytest.fixture
def line():
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=_serve, args=(theirs,))
    thread.start()
    with ours:
        assert receive_frame(ours) == b""
        yield ours
    thread.join()


def _serve(line: socket.socket) -> None:
    with line:
        serve(line)


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


def test_the_other_process_says_the_same(question: Question, line: socket.socket) -> None:
    asked = [each for each, _ in cases(question)]
    assert ask(line, asked) == [examine(each) for each in asked]
    assert ask(line, asked[:1]) == [examine(asked[0])]


def test_a_defect_met_by_one_submission_leaves_the_others_alone(question: Question, line: socket.socket) -> None:
    short = replace(question, identity=replace(question.identity, ed25519=b""), named=question.named)
    first, second = ask(line, [short, question])
    assert first.code is not None
    assert second == examine(question)


def test_a_frame_that_is_no_frame_ends_the_line(line: socket.socket) -> None:
    send_frame(line, b"\xc1")
    with pytest.raises((EOFError, ConnectionError)):
        receive_frame(line)
