"""Hand-over by absence: the deputy sees the open work, closed cases too, takes it over, and no longer than it lasts."""

import re

from nodes.casework.drafts import UNDO_S
from nodes.people.changes import Change
from nodes.people.person import Kind, PersonRecord
from nodes.people.roles import Role
from nodes.people.roster import Roster, Span, Turn
from nodes.people.roster_book import RosterBook
from tests.flow.desk.test_compose import WHOLE, begun, leave, send, typed
from tests.simulators.node import MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk, Visitor

HOUR = 3_600


async def act(visitor: Visitor, path: str, name: str, **fields: str) -> int:
    """Do something to a case from its page; return the status."""
    seen = re.findall(r'name="seen" value="(\d+)"', (await visitor.get(path)).text)[0]
    return (await visitor.post(path, {"act": name, "seen": seen, **fields})).status


async def test_open_work_goes_to_the_deputy_and_back(world: TestWorld, belgrade: TestGateway, desk: TestDesk) -> None:
    async with world.machine(MK).running() as skopje:
        await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    deputy, auditor = await desk.as_(Role.DUTY_OFFICER), await desk.as_(Role.AUDITOR)
    path = (await officer.get("/cases")).cases[0]
    assert await act(officer, path, "take-over", reason="Contact point") == 303
    message = re.findall(r'href="/messages/([0-9a-f]{64})"', (await deputy.get(path)).text)[0]
    draft = (await deputy.post("/compose", {"type": "MT-02/1", "in_reply_to": message})).location
    assert (await deputy.get(draft)).status == 200
    assert await act(supervisor, path, "limit", reason="an informant is named") == 303
    assert (await deputy.get(path)).status == 404
    for place in (draft, f"{draft}/files", f"{draft}/preview"):
        assert (await deputy.get(place)).status == 404, "nor what was written about it"
    assert (await deputy.post(f"{draft}/keep", {"version": "1"})).status == 404

    ids = {role: member.id for role, member in desk.members.items()}
    book, now = RosterBook(belgrade.gateway, desk.services.people), world.clock()
    away = Turn(0, ids[Role.CASE_OFFICER], ids[Role.DUTY_OFFICER], Span(now, now + 48 * HOUR))
    found = await book.note_absence(away, ids[Role.CASE_OFFICER])
    assert isinstance(found, Roster)
    assert (await deputy.get(path)).status == 200
    assert (await deputy.get(draft)).status == 200
    assert path in (await deputy.get("/today")).text
    assert (await auditor.get(path)).status == 404, "nobody else sees it by that"
    assert await act(deputy, path, "take-over", reason="stands in") == 303

    await book.cancel(found.absences[0].number, ids[Role.CASE_OFFICER])
    assert (await deputy.get(path)).status == 200, "what was taken over stays with whoever took it"
    assert (await officer.get(path)).status == 200


async def test_the_end_of_an_absence_closes_what_was_not_taken_over(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje:
        await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    deputy = await desk.as_(Role.DUTY_OFFICER)
    path = (await officer.get("/cases")).cases[0]
    assert await act(officer, path, "take-over", reason="Contact point") == 303
    assert await act(supervisor, path, "limit", reason="an informant is named") == 303
    ids = {role: member.id for role, member in desk.members.items()}
    now = world.clock()
    away = Turn(0, ids[Role.CASE_OFFICER], ids[Role.DUTY_OFFICER], Span(now, now + 60))
    book = RosterBook(belgrade.gateway, desk.services.people)
    assert isinstance(await book.note_absence(away, ids[Role.CASE_OFFICER]), Roster)
    assert (await deputy.get(path)).status == 200
    world.clock.advance(60)
    assert (await deputy.get(path)).status == 404


async def test_what_comes_back_to_somebody_who_is_gone_is_seen_by_the_others(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    officer, duty = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.DUTY_OFFICER)
    path = await begun(officer)
    assert (await typed(officer, path, WHOLE)).location == f"{path}/preview"
    await send(officer, path)
    world.clock.advance(UNDO_S)
    await leave(desk)
    async with world.machine(MK).running() as skopje:
        await belgrade.exchange(skopje)
        (row,) = await skopje.gateway.reading.received(1)
        await skopje.queue(example("MT-04/nothing-en", to=["rs.ilecu"], in_reply_to=(row.message or b"").hex()))
        await skopje.exchange(belgrade)
    news, mine = "Came in, and nobody has taken it", "Your cases"
    assert "SK 123-AB" in (await officer.get("/today")).words.partition(mine)[2], "who sent it has its case"
    assert news not in (await duty.get("/today")).words
    who, keeper = await desk.member(Role.CASE_OFFICER), await desk.member(Role.ADMINISTRATOR)
    ended = await desk.persons.book.change(Change(who.id, Kind.ENDED, "has left"), keeper.id)
    assert isinstance(ended, PersonRecord)
    assert "SK 123-AB" in (await duty.get("/today")).words.partition(news)[2]
