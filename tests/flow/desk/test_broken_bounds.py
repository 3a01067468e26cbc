"""What somebody might try at the desk beyond what a page offers: refused or answered, never with a failure."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from nodes.casework.case_acts import Act
from nodes.casework.case_book import CaseFile
from nodes.casework.case_sync import CaseSync
from nodes.casework.processing_log import LogPurpose
from nodes.casework.processing_log_book import ProcessingJournal
from nodes.casework.processing_log_store import Wanted
from nodes.gateway.reading import ReceivedMessage
from nodes.people.glass import OPEN_S
from nodes.people.roles import Role
from nodes.schema import inbox
from tests.flow.desk.test_break_glass import closed_case, opening
from tests.simulators.casework import person, replying
from tests.simulators.correcting import asked, passed_on, raised
from tests.simulators.node import AL, MK, RS, TestGateway, TestWorld
from tests.simulators.web_desk import TestDesk, Visitor

__all__ = ["closed_case"]


@pytest.fixture
async def belgrade(world: TestWorld) -> AsyncIterator[TestGateway]:
    async with world.machine(RS, journal=ProcessingJournal(RS.node, world.clock)).running() as gateway:
        yield gateway


async def act(visitor: Visitor, path: str, name: str, **fields: str) -> int:
    seen = re.findall(r'name="seen" value="(\d+)"', (await visitor.get(path)).text)[0]
    return (await visitor.post(path, {"act": name, "seen": seen, **fields})).status


async def test_numbers_longer_than_any_page_sends_fail_nowhere(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje:
        received = await asked(skopje, belgrade)
        mine = await asked(belgrade, skopje, to=["mk.ilecu"])
    officer = await desk.as_(Role.CASE_OFFICER)
    await officer.get("/cases")
    case = (await officer.get(f"/messages/{received.hex()}")).cases[0]
    for long in ("0" * 7 + "9" * 20, "0" * 5_000 + "1", "9" * 5_000):
        assert (await officer.post(case, {"act": "take-over", "seen": long})).status in (404, 409), long[:20]
    said = {"action": "correct", "reason": "inaccurate", "explanation": "Two digits of the plate were exchanged."}
    path = f"/messages/{mine.hex()}/withdraw"
    said |= {"field-1": "/offence/maximum_years"}
    assert 'value="/offence/maximum_years"' in (await officer.get(path)).text
    for long in ("9" * 5_000, "9" * 30):
        assert (await officer.post(path, said | {"value-1": long})).status == 422, len(long)


async def test_a_note_does_not_keep_a_case_open_that_a_broken_glass_opened(
    desk: TestDesk, world: TestWorld, closed_case: str
) -> None:
    officer = await desk.as_(Role.DUTY_OFFICER)
    assert (await opening(officer, closed_case)).status == 303
    assert await act(officer, closed_case, "note", reason="Looked at it.") == 303
    world.clock.advance(OPEN_S)
    officer = await desk.as_(Role.DUTY_OFFICER)
    assert (await officer.get(closed_case)).status == 404, "the time is over"


async def test_whoever_breaks_no_glass_learns_of_no_case(desk: TestDesk, closed_case: str) -> None:
    officer = await desk.as_(Role.DUTY_OFFICER)
    for missing in ({"ground": ""}, {"reason": "quick"}):
        there = await opening(officer, closed_case, **missing)
        assert (await opening(officer, closed_case, reference="0" * 32, **missing)).words == there.words, missing


async def test_a_case_opened_by_broken_glass_is_handed_to_nobody(desk: TestDesk, closed_case: str) -> None:
    officer, other = await desk.as_(Role.DUTY_OFFICER), (await desk.member(Role.CASE_OFFICER)).id
    await opening(officer, closed_case)
    for name, fields in (("take-over", {}), ("add-person", {"to": other}), ("assign", {"to": other})):
        page = await officer.get(closed_case)
        seen = re.findall(r'name="seen" value="(\d+)"', page.text)[0]
        refused = await officer.post(closed_case, {"act": name, "seen": seen, **fields})
        assert (refused.status, "open to you for a time only" in refused.words) == (409, True), name
    assert (await (await desk.as_(Role.CASE_OFFICER)).get(closed_case)).status == 404


async def test_nobody_carries_out_a_correction_of_what_is_closed_to_him(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje, world.machine(AL).running():
        message = await asked(skopje, belgrade)
        await passed_on(world, belgrade, message)
        await raised(skopje, message)
        await skopje.exchange(belgrade)
    (row,) = await belgrade.gateway.reading.received(1)
    assert row.message is not None
    path, boss = f"/corrections/{row.message.hex()}", await desk.as_(Role.SUPERVISOR)
    assert "Not told yet" in (await boss.get(path)).words
    case = re.findall(r'href="/cases/([0-9a-f]{32})"', (await boss.get("/cases?kind=MT-01")).text)[0]
    cases, left = desk.services.cases, person("5e" * 16, Role.SUPERVISOR)
    found = await cases.show(left, bytes.fromhex(case))
    assert found is not None
    closed = Act(name="limit", seen=found.view.last, reason="An informant is named.")
    assert isinstance(await cases.act(left, bytes.fromhex(case), closed), CaseFile)
    assert "Not told yet" not in (await boss.get(path)).words, "who had it is known to the group"
    for name in ("apply", "pass-on", "confirm", "verify"):
        assert (await boss.post(f"{path}/{name}", {"note": "Erased it."})).status == 404, name
    kept = await belgrade.gateway.reading.find(message)
    assert isinstance(kept, ReceivedMessage)
    assert kept.opened is not None


async def test_the_form_for_a_correction_shows_no_more_than_the_message_and_leaves_a_trace(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje:
        message = await asked(belgrade, skopje, to=["mk.ilecu"])
    officer, path = await desk.as_(Role.CASE_OFFICER), f"/messages/{message.hex()}"
    assert "VR 123" in (await officer.get(f"{path}/withdraw")).words
    wanted = Wanted(limit=9, about=message, who=(await desk.member(Role.CASE_OFFICER)).id)
    assert len((await desk.services.log_book.read(wanted, LogPurpose.LAWFULNESS)).entries) == 1
    said = {"action": "restrict", "reason": "inaccurate", "explanation": "The plate belongs to somebody else."}
    assert (await officer.post(f"{path}/withdraw", said)).status == 303
    assert (await officer.get(path)).status == 403
    form = await officer.get(f"{path}/withdraw")
    assert (form.status, 'value="release"' in form.text, "VR 123" in form.text) == (200, True, False)


async def test_an_answer_takes_nothing_over_from_a_message_without_a_trace(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje:
        question = await asked(belgrade, skopje, to=["mk.ilecu"])
        document = replying("MT-07/vehicle-mk", question, "rs.ilecu")
        back = await skopje.queue(document)
        await skopje.exchange(belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    assert (await officer.post("/compose", {"type": "MT-08/1", "in_reply_to": back.hex()})).status == 303
    wanted = Wanted(limit=9, about=back, who=(await desk.member(Role.CASE_OFFICER)).id)
    assert len((await desk.services.log_book.read(wanted, LogPurpose.LAWFULNESS)).entries) == 1


async def test_one_damaged_message_stops_neither_today_nor_the_cases_behind_it(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    officer, messages = await desk.as_(Role.CASE_OFFICER), []
    async with world.machine(MK).running() as skopje:
        for number in range(3):
            messages.append(await asked(skopje, belgrade))
            if number == 0:
                await officer.get("/cases")  # the first has its case before it is damaged, the second has none yet
            if number < 2:
                harm = update(inbox).where(inbox.c.message == messages[number]).values(raw=b"something else")
                await belgrade.gateway.store.database.write(lambda connection, harm=harm: connection.execute(harm))  # type: ignore[misc]
    for path in ("/today", "/cases", f"/messages/{messages[1].hex()}"):
        assert (await officer.get(path)).status == 200, path
    await CaseSync(belgrade.gateway).catch_up()
    listed = set((await officer.get("/cases")).cases)
    behind = (await officer.get(f"/messages/{messages[2].hex()}")).cases
    assert len(listed) == 2
    assert behind[0] in listed
    assert {(await officer.get(each)).status for each in listed} == {200}
