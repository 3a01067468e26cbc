"""Keeping and erasing at the desk: what is due, holds with their authority, what went and why, for those who may."""

import re

import pytest

from nodes.casework.case_lines import Line
from nodes.casework.processing_log_book import ProcessingJournal
from nodes.people.roles import Role
from protocol.erasure import parse_erasure
from tests.simulators.casework import Side, asking
from tests.simulators.node import MK, RS, TestGateway, TestWorld
from tests.simulators.web_desk import TestDesk

DAY = 86_400
COURT = "Higher Court in Vranje, K 12/26"


@pytest.fixture
async def belgrade(world: TestWorld):
    async with world.machine(RS, journal=ProcessingJournal(RS.node, world.clock)).running() as gateway:
        yield gateway


async def received(world: TestWorld, belgrade: TestGateway) -> Line:
    """Receive a message that its sender wants erased after 30 days; return the line of its case."""
    async with world.machine(MK).running() as skopje:
        await skopje.queue(asking(erase_by=world.clock() + 30 * DAY))
        await skopje.exchange(belgrade)
    side = Side(belgrade)
    await side.sync.catch_up()
    return await side.line()


async def test_a_supervisor_holds_a_case_and_lifts_the_hold_and_then_it_goes(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    line = await received(world, belgrade)
    supervisor, officer = await desk.as_(Role.SUPERVISOR), await desk.as_(Role.CASE_OFFICER)
    path = f"/cases/{line.id.hex()}"
    page = await supervisor.get(path)
    assert "Kept until" in page.words, desk.log.getvalue()
    assert "the date that the sender set" in page.words
    assert "Place a hold" in page.words
    assert "Place a hold" not in (await officer.get(path)).words
    wanted = {"subject": line.id.hex(), "code": "proceedings", "authority": COURT, "expires_at": "2027-06-30"}
    assert (await officer.post("/retention/holds", wanted)).status in (403, 404)
    for name in ("code", "authority", "expires_at"):
        refused = await supervisor.post("/retention/holds", wanted | {name: ""})
        assert (refused.status, f'id="hold-{name}-error"' in refused.text) == (422, True), name
        assert COURT in refused.text or name == "authority"
    bare = await supervisor.post("/retention/holds", {"subject": line.id.hex(), "authority": "K 12"})
    assert re.findall(r'<li><a href="#([^"]+)"', bare.text) == ["code", "expires_at"], "all at once"
    assert 'value="K 12"' in bare.text
    placed = await supervisor.follow(await supervisor.post("/retention/holds", wanted))
    assert "The hold is placed" in placed.text
    assert COURT in placed.words
    world.clock.advance(40 * DAY)
    supervisor = await desk.as_(Role.SUPERVISOR)
    assert not (await desk.services.retention.sweep()).any
    overview = await supervisor.get("/retention")
    assert "held until" in overview.words
    auditor = await (await desk.as_(Role.AUDITOR)).get("/retention")
    assert "Proceedings are going on" in auditor.words
    assert COURT not in auditor.words
    for why in ("", "x" * 2_001):
        refused = await supervisor.post("/retention/holds/lift", {"number": "1", "why": why})
        assert (refused.status, f"{why}</textarea>" in refused.text) == (422, True), "kept as it was typed"
        assert '<a href="#lift-1-why">' in refused.text
        assert 'id="lift-1-why"' in refused.text
    answer = await supervisor.post("/retention/holds/lift", {"number": "1", "why": "It ended."})
    lifted = await supervisor.follow(answer)
    assert "The hold is lifted" in lifted.text
    assert (await desk.services.retention.sweep()).contents == 1
    gone = await supervisor.get("/retention")
    assert "the date that the sender set" in gone.words
    assert line.message is not None
    evidence = await desk.services.retention.evidence(line.message)
    assert evidence is not None
    assert parse_erasure(evidence.raw).erasure.ids == (line.message,)
    assert (await supervisor.get(f"/retention/evidence/{line.message.hex()}")).status == 200
    assert (await supervisor.get("/retention/evidence/00")).status == 404
    assert "erased on" in (await supervisor.get(path)).words
    assert "Erased on" in (await supervisor.get(f"/messages/{line.message.hex()}")).words
