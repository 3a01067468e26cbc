"""The auditor's screens: leaves by step, party and time, decisions by article, alarms with what was kept as proof."""

import pytest
from sqlalchemy import Connection, update

from nodes.gateway.alarms import raise_alarm
from nodes.gateway.witness_rules import Contradiction, Finding
from nodes.gateway.witness_store import put_finding
from nodes.people.roles import Role
from nodes.schema import outbox
from protocol.decision import Decision, Verdict, encode_decision
from protocol.decision import Finding as Spoken
from protocol.ids import MessageId, PolicyDigest
from tests.simulators.node import MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk, Visitor


@pytest.fixture
async def auditor(desk: TestDesk) -> Visitor:
    return await desk.as_(Role.AUDITOR)


@pytest.fixture
async def exchanged(world: TestWorld, belgrade: TestGateway) -> tuple[MessageId, MessageId]:
    """A message that went out and was handed over, and one that came in."""
    async with world.machine(MK).running() as skopje:
        out = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
        came = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        for _ in range(2):
            await belgrade.exchange(skopje)
    return out, came


async def test_the_explorer_lists_leaves_by_step_party_and_day_and_leads_to_their_pictures(
    auditor: Visitor, desk: TestDesk, exchanged: tuple[MessageId, MessageId]
) -> None:
    page = await auditor.get("/proofs/log")
    out, came = (f"/proofs/{each.hex()}" for each in exchanged)
    assert out in page.text
    assert came in page.text
    for words in ("Accepted and written into the log", "said by the hub, by its log", "signed by Desk of mk.ilecu"):
        assert words in page.words
    assert "Entry 0" in page.words
    assert "<svg" in (await auditor.get(out)).text
    assert "style=" not in page.text.partition("<main")[2]
    steps = await auditor.get("/proofs/log?step=1")
    assert "Handed over" in steps.words
    assert steps.text.count("said by the hub") == 0
    party = await auditor.get("/proofs/log?party=mk.ilecu&until=2099-01-01")
    assert out in party.text
    assert came in party.text
    for nothing in ("party=al.ilecu", "since=2099-01-01", "skip=100"):
        assert "Nothing fits" in (await auditor.get(f"/proofs/log?{nothing}")).words
    wrong = await auditor.get("/proofs/log?since=yesterday&party=%3Cscript%3E")
    assert wrong.status == 422
    assert "This is no date. Write year, month and day: 2026-03-01" in wrong.words
    assert "This is no participant. Choose one from the list." in wrong.words
    assert "<script>" not in wrong.text.partition("<main")[2]
    officer = await desk.as_(Role.CASE_OFFICER)
    for path in ("/proofs/log", "/proofs/decisions", "/proofs/alarms"):
        assert (await officer.get(path)).status == 404


async def test_decisions_name_the_article_in_full_and_alarms_their_remedy_and_kept_objects(
    auditor: Visitor, world: TestWorld, belgrade: TestGateway
) -> None:
    assert "Nothing was sent or received yet." in (await auditor.get("/proofs/log")).words
    assert "Every message so far was simply allowed." in (await auditor.get("/proofs/decisions")).words
    await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
    rule = Spoken("police.victim-name", "PCC 31", "sender-kind", Verdict.HOLD)
    raw = encode_decision(Decision(Verdict.HOLD, PolicyDigest(bytes(32)), (rule,)))

    def work(connection: Connection) -> None:
        connection.execute(update(outbox).values(decision=raw))
        raise_alarm(connection, Finding.FORK.value, "messages", world.clock())
        put_finding(connection, "messages", Contradiction(Finding.FORK, b"before\n", b"now\n", ()), world.clock())

    await belgrade.gateway.store.database.write(work)
    page = await auditor.get("/proofs/decisions")
    assert "Police Cooperation Convention" in page.words
    assert "police.victim-name" in page.words
    assert "<rect" in page.text
    page = await auditor.get("/proofs/alarms")
    assert "does not continue the one it signed before" in page.words
    assert "What to do:" in page.words
    name = "finding-0001-FORK-messages-before.note"
    assert f"/proofs/alarms/{name}" in page.text
    kept = await auditor.get(f"/proofs/alarms/{name}")
    assert (kept.status, kept.text) == (200, "before\n")
    assert (await auditor.get("/proofs/alarms/..%2Fnode.keystore")).status == 404
    await auditor.post("/language", {"language": "sr-Latn"})
    for path in ("/proofs", "/proofs/alarms"):
        assert "does not continue" not in (await auditor.get(path)).words, "an alarm speaks the reader's language"
