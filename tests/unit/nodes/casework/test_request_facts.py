"""The facts of a request: what its header and document say, and what the directory says of the two nodes."""

from dataclasses import replace
from typing import Any

import pytest

from nodes.casework.crosscheck import OwnHit
from nodes.casework.request_facts import Content, Received, facts_of, holdings_of, missing_of
from nodes.casework.screening import Holdings, RequestFacts
from protocol.catalogue.content import ContentSummary
from protocol.core import Core, Mode, Recipient
from protocol.errors import Code, Fault
from protocol.ids import Channel, MessageId, NodeId, TypeId
from tests.simulators.forge import seal_raw
from tests.simulators.node import AL, MK, RS, START, TestWorld, packaged_bundle

GOOD: dict[str, Any] = {
    "query": "vehicle",
    "facts": "f",
    "specification": "s",
    "availability": "a",
    "necessity": "n",
    "answer_needed_by": "2027-01-01T00:00:00Z",
}


@pytest.fixture
def world(tmp_path: Any) -> TestWorld:
    return TestWorld(tmp_path)


@pytest.fixture
def core(world: TestWorld) -> Core:
    return seal_raw(world).manifest.core


def facts(world: TestWorld, core: Core, document: dict[str, Any] | None, node: NodeId = RS.node) -> RequestFacts:
    content = None if document is None else Content(document, ContentSummary())
    return facts_of(
        Received(core, node, START), world.network.directory, packaged_bundle().catalogue, content, Holdings()
    )


def test_a_whole_question_lacks_nothing(world: TestWorld, core: Core) -> None:
    found = facts(world, core, GOOD)
    assert (found.missing, found.late, found.agreement, found.purpose) == ((), False, True, True)
    assert (found.competent, found.action, found.judicial, found.classified) == (True, True, False, False)
    assert found.query == "vehicle"


def test_what_is_missing_is_named_by_its_label(core: Core) -> None:
    assert missing_of(core, {}) == tuple(
        f"MT-01.{each}" for each in ("facts", "specification", "availability", "necessity", "answer_needed_by")
    )
    document = GOOD | {"subjects": {"organisations": [{}]}}
    assert missing_of(replace(core, urgency="urgent"), document) == ("MT-01.connection", "MT-01.urgency")
    assert missing_of(replace(core, type=TypeId("MT-R1/1")), {}) == ()


@pytest.mark.parametrize(("date", "late"), [("2020-01-01T00:00:00Z", True), ("soon", True), (None, False)])
def test_a_date_that_passed_or_cannot_be_read_is_late(
    world: TestWorld,
    core: Core,
    date: str | None,
    late: bool,
) -> None:
    assert facts(world, core, GOOD | {"answer_needed_by": date}).late is late


def test_a_held_request_is_judged_by_its_header_only(world: TestWorld, core: Core) -> None:
    urgent = replace(core, urgency="urgent", urgency_ground="b", classification="R", person_roles=("victim",))
    found = facts(world, urgent, None)
    assert (found.missing, found.query, found.urgency_reason) == ((), "", 0)
    assert (found.urgent, found.ground, found.classified, found.victims) == (True, True, True, True)


def test_reasons_and_other_channels_are_counted(world: TestWorld, core: Core) -> None:
    document = GOOD | {"urgency": {"ground": "b", "reason": "  because  "}, "other_channels": [{}, {}]}
    found = facts(world, core, document)
    assert (found.urgency_reason, found.other_channels) == (7, 2)


def test_nobody_else_is_competent_and_a_copy_is_no_action(world: TestWorld, core: Core) -> None:
    with pytest.raises(Fault) as caught:
        facts(world, core, GOOD, AL.node)
    assert caught.value.code is Code.NOT_A_RECIPIENT
    (me,) = core.to
    assert isinstance(me, Recipient)
    assert facts(world, replace(core, to=(replace(me, mode=Mode.INFORMATION),)), GOOD).action is False
    stranger = replace(core, to=(replace(me, node=NodeId("xx.ilecu")),))
    found = facts(world, stranger, GOOD, NodeId("xx.ilecu"))
    assert (found.competent, found.agreement, found.purpose) == (False, False, False)
    elsewhere = facts(world, replace(core, channel=Channel("rogatory")), GOOD)
    assert (elsewhere.competent, elsewhere.judicial, elsewhere.agreement) == (False, True, False)


def test_holdings_tell_numbers_and_owners() -> None:
    one, two, three = (MessageId(bytes([n]) * 32) for n in range(3))
    hits = (OwnHit(one, None, again=True), OwnHit(two, AL.node, again=False), OwnHit(three, None, again=False))
    assert holdings_of(hits, frozenset({"vans"})) == Holdings(
        items=2, owners=frozenset({AL.node}), lists=frozenset({"vans"}), duplicates=1
    )
    assert MK.node not in holdings_of(hits, frozenset()).owners
