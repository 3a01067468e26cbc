"""The process beside the hub: it starts under load, says the same, and takes nothing with it when it dies."""

import asyncio
import os
import select
import signal

import pytest

from hub.aside import Aside
from hub.crew import Crew
from hub.examination import Question, examine
from protocol.errors import Code
from tests.simulators.hub_world import DIGEST, Senders
from tests.simulators.network import MK, RS, TestNetwork

NOW = 1_790_000_000
PATIENCE_S = 30


class Case:
    """An aside with a clock in hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.reported: list[Exception] = []
        self.aside = Aside(lambda: self.now, self.reported.append)

    def wait_until_there(self, questions: list[Question]) -> None:
        assert self.aside.examine(questions) is None  # the first time many wait starts it
        ready, _, _ = select.select([self.aside._line], [], [], PATIENCE_S)
        assert ready


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    network = TestNetwork.small(lambda: NOW, os.urandom, members=(RS, MK), policy=DIGEST)
    identity, sealed = network.nodes[RS.node].identity.public, Senders(network)
    envelopes = [sealed.seal(RS, MK) for _ in range(6)]
    asked = [Question(each.encode(), each.id, RS.node, identity, network.network_id) for each in envelopes]
    return [*asked[:5], Question(asked[5].raw, asked[5].named, MK.node, identity, network.network_id)]


@pytest.fixture
def case():
    case = Case()
    yield case
    case.aside.end()


def test_a_quiet_hub_starts_no_process(case: Case, questions: list[Question]) -> None:
    assert case.aside.examine(questions[:3]) is None
    assert case.aside._process is None


def test_under_load_the_process_says_the_same(case: Case, questions: list[Question]) -> None:
    case.wait_until_there(questions)
    assert case.aside.examine(questions) == [examine(each) for each in questions]
    process = case.aside._process
    case.aside.end()
    case.aside.end()
    assert process.poll() == 0


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_fails_costs_its_questions_a_repeat(
    case: Case, questions: list[Question], blow: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.aside._PATIENCE_S", 0.2)
    monkeypatch.setattr("hub.aside._END_S", 0.2)
    case.wait_until_there(questions)
    os.kill(case.aside._process.pid, blow)
    found = case.aside.examine(questions)
    assert {finding.code for finding in found} == {Code.BUSY}
    assert len(case.reported) == 1
    assert case.aside.examine(questions) is None  # they are examined here for a while
    assert case.aside._process is None
    case.now += 5
    case.wait_until_there(questions)
    assert case.aside.examine(questions) == [examine(each) for each in questions]


async def test_a_crew_mixes_both_kinds_of_work(questions: list[Question]) -> None:
    case, made = Case(), []
    crew = Crew(1, 1_000, lambda: made.append(case.aside) or case.aside)
    jobs = [asyncio.create_task(crew.run(examine, each)) for _ in range(20) for each in questions]
    others = [asyncio.create_task(crew.run(len, b"x" * at)) for at in range(50)]
    await asyncio.sleep(0)
    crew.start()
    try:
        found = await asyncio.gather(*jobs)
        assert await asyncio.gather(*others) == list(range(50))
    finally:
        await asyncio.to_thread(crew.stop)
    assert [finding.code for finding in found] == [examine(each).code for each in questions] * 20
    assert made == [case.aside]
    assert case.aside._process is None
    assert case.reported == []
