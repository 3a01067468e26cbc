"""A child: the guardian is checked, and the child-protection authority stands in place of a conflicted one (DP-33)."""

from pathlib import Path
from typing import Any

import pytest

from nodes.gateway.consents import Recorded
from nodes.gateway.inbox import InState
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Queued, Result, Stopped
from protocol.records import Family, Kind
from tests.simulators.consents import CHILDS, consent_world, heard, offered, record_for, recorded, told
from tests.simulators.network import Member
from tests.simulators.node import CSO, LOTSE, NADA, TERMS, TestGateway, TestWorld, example

CARE = Member("care.at", Kind.CHILD_PROTECTION, Family.CSO, "AT", languages=("de", "en", "mk", "sr-Latn"))
REFERRAL = example("MT-V1/child-mk", to=["lotse.at"])
FIRST = {name: each for name, each in CHILDS.items() if name != "previous"} | {"phase": "record", "version": 1}


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    world = consent_world(tmp_path, FIRST, members=(NADA, LOTSE, CARE))
    world.network.agree(NADA.node, CARE.node, CSO, **TERMS["cso"])
    return world


def childs(to: str = "lotse.at", **changes: Any) -> dict[str, Any]:
    """Return a consent for the child; ``changes`` go into its child block, ``type`` and ``present`` beside it."""
    record = record_for(REFERRAL, to, FIRST)
    outer = {name: changes.pop(name) for name in ("type", "present") if name in changes}
    inner = {**record["record"], **outer, "child": {**record["record"]["child"], **changes}}
    return heard({**record, "record": inner}, "T-44")


async def faults_of(gateway: TestGateway, document: dict[str, Any]) -> list[str]:
    found = await gateway.gateway.consents.record(document, [])
    assert not isinstance(found, Recorded)
    return [f"{each.path} {each.code}" for each in found]


def rules_of(found: Result) -> set[str]:
    assert isinstance(found, Stopped), found
    assert found.refused.decision is not None
    return {each.rule for each in found.refused.decision.findings}


async def test_a_conflicted_guardian_neither_consents_nor_refers_and_the_authority_does(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        answer = await offered(nada, lotse)
        assert await faults_of(nada, childs(guardian_check="not_checked")) == ["/record/child/guardian NOT_REPRESENTED"]
        conflicted = childs(guardian="parent", guardian_check="conflict", present=["interpreter"])
        assert await faults_of(nada, conflicted) == ["/record/child/guardian NOT_REPRESENTED"]
        there = childs(guardian="authority", guardian_check="conflict")
        assert await faults_of(nada, there) == ["/record/type NOT_REPRESENTED"], "the guardian was in the room"
        alone = childs(guardian="authority", guardian_check="conflict", present=["interpreter"])
        assert await faults_of(nada, alone) == ["/record/child/guardian NOT_REPRESENTED"], "no authority takes part"
        assert await faults_of(nada, childs(type="explicit-oral")) == ["/record/type NOT_REPRESENTED"]

        document = childs()
        await recorded(nada, document)
        await told(nada, LOTSE.node, document, "assistance")
        await nada.exchange(lotse, CSO)
        request = REFERRAL | {"in_reply_to": answer.hex(), "purpose": "assistance"}
        conflict = {**request["document"]["x_guardian"], "check": "conflict"}
        refused = await nada.send({**request, "document": {**request["document"], "x_guardian": conflict}})
        assert rules_of(refused) == {"cso.guardian-free"}
        result = await nada.send(request)
        assert isinstance(result, Queued), result
        await nada.exchange(lotse, CSO)
        found = await lotse.gateway.reading.open(result.message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED, found.row.decision


async def test_the_authority_takes_the_place_of_the_conflicted_guardian(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(CARE).running() as care:
        answer = await offered(nada, care)
        document = childs(CARE.node, guardian="authority", guardian_check="conflict", present=["interpreter"])
        await recorded(nada, document)
        await told(nada, CARE.node, document, "assistance")
        await nada.exchange(care, CSO)
        guardian = {**REFERRAL["document"]["x_guardian"], "status": "authority", "check": "conflict"}
        request = REFERRAL | {"to": [CARE.node], "in_reply_to": answer.hex(), "purpose": "assistance"}
        message = await nada.queue({**request, "document": {**request["document"], "x_guardian": guardian}})
        await nada.exchange(care, CSO)
        found = await care.gateway.reading.open(message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED, found.row.decision
        unread = heard(document)
        unread["record"]["read_back"]["witness"] = unread["record"]["asked_by"]["staff"]
        refused = await nada.send({"type": "MT-V6/1", "document": unread, "to": [CARE.node], "purpose": "assistance"})
        assert rules_of(refused) == {"cso.consent-read-back"}
