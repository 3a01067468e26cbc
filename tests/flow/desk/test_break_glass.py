"""Opening a case of others: for a reason, for a time, seen and reviewed by supervisors."""

import re

import pytest

from nodes.people.glass import OPEN_S
from nodes.people.roles import Role
from tests.simulators.node import MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import Answer, TestDesk, Visitor

REASON = "A child is missing and nobody of the case is there"


@pytest.fixture
async def closed_case(world: TestWorld, belgrade: TestGateway, desk: TestDesk) -> str:
    """A case that a supervisor took and closed to its group; its path."""
    async with world.machine(MK).running() as skopje:
        await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
    supervisor = await desk.as_(Role.SUPERVISOR)
    path = (await supervisor.get("/cases")).cases[0]
    for act, fields in (("take-over", {"reason": "Contact point"}), ("limit", {"reason": "an informant is named"})):
        page = await supervisor.get(path)
        seen = re.findall(r'name="seen" value="(\d+)"', page.text)[0]
        done = await supervisor.post(path, {"act": act, "seen": seen, **fields})
        assert done.status == 303, done.words
    return path


async def opening(visitor: Visitor, path: str, **changes: str) -> Answer:
    fields = {"reference": path.rpartition("/")[2], "ground": "danger-to-life", "reason": REASON}
    return await visitor.post("/break-glass", fields | changes)


async def test_a_closed_case_opens_for_a_reason_and_a_time(desk: TestDesk, world: TestWorld, closed_case: str) -> None:
    officer, supervisor = await desk.as_(Role.DUTY_OFFICER), await desk.as_(Role.SUPERVISOR)
    assert (await officer.get(closed_case)).status == 404
    assert (await officer.get("/break-glass")).heading == "Open a case of others"
    page = await officer.follow(await opening(officer, closed_case))
    assert page.status == 200
    assert "The case is open to you. Supervisors see that, and why." in page.words
    reviews = await supervisor.get("/reviews")
    assert REASON in reviews.words
    world.clock.advance(OPEN_S)
    officer = await desk.as_(Role.DUTY_OFFICER)
    assert (await officer.get(closed_case)).status == 404, "the time is over"


async def test_a_review_that_finds_no_ground_closes_the_case_at_once(desk: TestDesk, closed_case: str) -> None:
    officer = await desk.as_(Role.DUTY_OFFICER)
    await opening(officer, closed_case)
    supervisor = await desk.as_(Role.SUPERVISOR)
    number = re.findall(r'name="number" value="(\d+)"', (await supervisor.get("/reviews")).text)[0]
    given = {"number": number, "outcome": "not-justified", "finding": "The officer of the case was there."}
    assert (await supervisor.post("/reviews", given)).status == 303
    assert (await officer.get(closed_case)).status == 404


async def test_the_data_protection_officer_reads_a_case_for_a_reason(desk: TestDesk, closed_case: str) -> None:
    officer = await desk.as_(Role.PROTECTION_OFFICER)
    assert (await officer.get(closed_case)).status == 404
    page = await officer.follow(await opening(officer, closed_case, ground="inspection"))
    assert page.status == 200
    seen = re.findall(r'name="seen" value="(\d+)"', page.text)
    assert not seen, "nothing is offered that changes the case"


FAULTS = (
    ({"reference": ""}, "No case has this reference"),
    ({"reference": "ZZZZ-ZZ"}, "No case has this reference"),
    ({"reference": "0" * 32}, "No case has this reference"),
    ({"reference": "0" * 31}, "No case has this reference"),
    ({"ground": ""}, "The ground is missing."),
    ({"ground": "curiosity"}, "The ground is missing."),
    ({"reason": "quick"}, "Whoever reviews it needs to understand the reason."),
)


async def test_what_is_missing_is_said_at_its_field(desk: TestDesk, closed_case: str) -> None:
    officer = await desk.as_(Role.DUTY_OFFICER)
    for changed, sentence in FAULTS:
        page = await opening(officer, closed_case, **changed)
        assert (page.status, page.words.count(sentence)) == (422, 2), changed
        assert f">{changed.get('reason', REASON)}</textarea>" in page.text, "what was typed stays"
    page = await opening(officer, closed_case, reference="", ground="", reason="quick")
    assert re.findall(r'<li><a href="#([^"]+)"', page.text) == ["reference", "ground", "reason"], "all at once"
    assert (await officer.get(closed_case)).status == 404


async def test_nothing_is_recorded_for_a_case_that_one_may_see(desk: TestDesk, closed_case: str) -> None:
    supervisor = await desk.as_(Role.SUPERVISOR)
    page = await supervisor.follow(await opening(supervisor, closed_case))
    assert "Nothing was recorded." in page.words
    assert "Nothing waits for a review" in (await supervisor.get("/reviews")).words


async def test_who_may_not_open_it(desk: TestDesk, closed_case: str) -> None:
    for role in (Role.INVESTIGATOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.DIRECTORY_EDITOR):
        visitor = await desk.as_(role)
        assert (await visitor.get("/break-glass")).status == 404
        assert (await opening(visitor, closed_case)).status == 404
        assert (await visitor.get(closed_case)).status == 404
