"""Consent decides: a referral goes only under one that names the recipient, and stops when it is withdrawn."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from nodes.gateway.consents import Recorded
from nodes.gateway.inbox import InState
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Queued, Stopped
from protocol.ids import MessageId, Reference
from protocol.tokens import TokenKind
from tests.simulators.node import CSO, EXAMPLES, LOTSE, NADA, TestClock, TestGateway, TestWorld, example, some_example

RECORD = json.loads((EXAMPLES / "MT-V6/record-sr-Latn.json").read_text(encoding="utf-8"))["body"]
REFERRAL = example("MT-V1/adult-sr-Latn", to=["lotse.at"])


@pytest.fixture
def world(tmp_path: Any) -> TestWorld:
    """A world in the days of the example consent."""
    start = datetime.strptime(RECORD["record"]["valid_from"], "%Y-%m-%d").replace(tzinfo=UTC)
    return TestWorld(tmp_path, TestClock(int(start.timestamp()) + 3 * 86_400))


async def enquire(nada: TestGateway, lotse: TestGateway) -> MessageId:
    """Let one organisation ask and the other accept: an identity part only travels in answer to that."""
    asked = await nada.queue(some_example("MT-E1", to=["lotse.at"], purpose="return"))
    await nada.exchange(lotse, CSO)
    answer = await lotse.queue(example("MT-E2/" + _accepting(), in_reply_to=asked.hex()))
    await lotse.exchange(nada, CSO)
    return answer


def _accepting() -> str:
    found = [
        path.stem
        for path in sorted((EXAMPLES / "MT-E2").iterdir())
        if "accept" in path.read_text(encoding="utf-8") and "decline" not in path.stem
    ]
    return found[0]


def record_for(referral: dict[str, Any]) -> dict[str, Any]:
    """Return a consent record under the id that the referral names, granting every category to the recipient."""
    record = json.loads(json.dumps(RECORD))
    record["consent_id"] = referral["document"]["x_consent"]
    first = record["record"]["grants"][0]
    until = record["record"]["expires"]
    categories = ("ID", "CO", "HE", "LO", "CA", "RI", "TR", "LE", "FA", "SV", "BI")
    record["record"]["grants"] = [
        {**first, "recipient": "lotse.at", "category": category, "purpose": purpose, "until": until}
        for category in categories
        for purpose in ("shelter", "travel")
    ]
    return record


async def test_a_referral_goes_under_a_consent_and_stops_when_it_is_withdrawn(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        answer = await enquire(nada, lotse)
        request = REFERRAL | {"in_reply_to": answer.hex(), "purpose": "return"}
        assert isinstance(await nada.send(request), Stopped)

        recorded = await nada.gateway.consents.record(record_for(REFERRAL), [])
        assert isinstance(recorded, Recorded), recorded
        assert [(token.sender, token.recipient) for token in recorded.references] == [(NADA.node, LOTSE.node)]
        await nada.post()
        assert [token.kind for token in world.hub.tokens.values()] == [TokenKind.CONSENT]

        # The partner learns the consent before the referral, as a message of its own.
        told = await nada.queue(
            {"type": "MT-V6/1", "document": record_for(REFERRAL), "to": ["lotse.at"], "purpose": "return"}
        )
        await nada.exchange(lotse, CSO)
        result = await nada.send(request)
        assert isinstance(result, Queued), result
        await nada.exchange(lotse, CSO)
        for message in (told, result.message):
            found = await lotse.gateway.reading.open(message)
            assert isinstance(found, ReceivedMessage)
            assert found.row.state is InState.ACCEPTED, found.row.decision
        assert found.opened is not None
        assert found.opened.core.consents == (recorded.references[0].reference,)
        assert found.opened.identity is not None

        assert await nada.gateway.consents.withdraw(recorded.id) == 1
        await nada.post()
        assert TokenKind.CONSENT_WITHDRAWN in {token.kind for token in world.hub.tokens.values()}
        assert isinstance(await nada.send(request), Stopped)
        (listed,) = await nada.gateway.consents.list(9)
        assert listed.row.withdrawn_at == world.clock()


async def test_a_withdrawal_that_arrives_ends_the_consent_here_too(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        document = record_for(REFERRAL)
        await nada.queue({"type": "MT-V6/1", "document": document, "to": ["lotse.at"], "purpose": "return"})
        await nada.exchange(lotse, CSO)
        assert [each.row.withdrawn_at for each in await lotse.gateway.consents.list(9)] == [None]
        withdrawal = json.loads((EXAMPLES / "MT-V6/withdraw-sr-Cyrl.json").read_text(encoding="utf-8"))["body"]
        withdrawal["consent_id"] = document["consent_id"]
        withdrawal["withdrawal"] = {**withdrawal["withdrawal"], "scope": "all"}
        await nada.queue({"type": "MT-V6/1", "document": withdrawal, "to": ["lotse.at"], "purpose": "return"})
        await nada.exchange(lotse, CSO)
        assert [each.row.withdrawn_at for each in await lotse.gateway.consents.list(9)] == [world.clock()]


async def test_what_is_no_consent_record_is_told_by_field(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada:
        faults = await nada.gateway.consents.record({"phase": "record"}, [])
        assert not isinstance(faults, Recorded)
        assert "/record" in {fault.path for fault in faults}
        withdrawal = json.loads((EXAMPLES / "MT-V6/withdraw-sr-Cyrl.json").read_text(encoding="utf-8"))["body"]
        faults = await nada.gateway.consents.record(withdrawal, [])
        assert not isinstance(faults, Recorded)
        assert [fault.path for fault in faults] == ["/phase"]


async def test_only_the_holder_withdraws(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada:
        assert await nada.gateway.consents.withdraw(Reference(b"x" * 16)) is None
