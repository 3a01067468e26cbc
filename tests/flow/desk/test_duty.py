"""The roster as pages: who answers, gaps, entries with what was typed, absences."""

import re

import pytest

from nodes.desk.moments import LocalTime
from nodes.desk.times import read_local, write_local
from nodes.people.roles import Role
from tests.simulators.node import START, TestWorld
from tests.simulators.web_desk import TestDesk

HERE = LocalTime("RS")
HOUR = 3_600


def local(at: int) -> str:
    return write_local(at, HERE)


async def test_a_supervisor_enters_duties_and_sees_the_gaps(desk: TestDesk, world: TestWorld) -> None:
    supervisor, officer = await desk.as_(Role.SUPERVISOR), (await desk.member(Role.DUTY_OFFICER)).id
    page = await supervisor.get("/duty")
    assert (page.heading, "Nobody is on duty" in page.words) == ("Duty roster", True)
    now = world.clock()
    entered = {"act": "duty", "person": officer, "starts_at": local(now), "ends_at": local(now + 8 * HOUR)}
    page = await supervisor.follow(await supervisor.post("/duty", entered))
    assert "The duty is entered." in page.words
    assert "On duty now Dušan Đorđević" in page.words
    page = await supervisor.post("/duty", entered)
    assert (page.status, page.words.count("Somebody is on duty at a part of this time")) == (422, 2)
    assert f'value="{local(now)}"' in page.text
    number = re.search(r'name="number" value="(\d+)"', page.text)
    assert number is not None
    page = await supervisor.follow(await supervisor.post("/duty/cancel", {"number": number[1]}))
    assert "The entry is cancelled" in page.words
    assert (await supervisor.post("/duty/cancel", {"number": "x"})).status == 422


async def test_a_duty_that_cannot_be_is_refused_at_its_field(desk: TestDesk) -> None:
    supervisor, officer = await desk.as_(Role.SUPERVISOR), (await desk.member(Role.DUTY_OFFICER)).id
    good = {"act": "duty", "person": officer, "starts_at": local(START), "ends_at": local(START + HOUR)}
    for changed in ({"starts_at": "x"}, {"ends_at": ""}, {"person": "nobody"}, {"ends_at": "2020-01-01T00:00"}):
        page = await supervisor.post("/duty", good | changed)
        assert page.status == 422
        href = re.search(r'<a href="#([^"]+)">', page.text.partition("govuk-error-summary__list")[2])
        assert href is not None
        assert f'id="{href[1]}"' in page.text


async def test_everything_that_is_wrong_is_told_at_once_and_stays_as_it_was_typed(desk: TestDesk) -> None:
    supervisor, officer = await desk.as_(Role.SUPERVISOR), (await desk.member(Role.DUTY_OFFICER)).id
    wrong = {"act": "duty", "person": "nobody", "deputy": officer, "starts_at": "x", "ends_at": ""}
    page = await supervisor.post("/duty", wrong)
    summary = page.text.partition("govuk-error-summary__list")[2].partition("</ul>")[0]
    links = re.findall(r'href="#([^"]+)"', summary)
    assert (page.status, links) == (422, ["duty-person", "duty-starts_at", "duty-ends_at"])
    for each in links:
        assert f'id="{each}-error"' in page.text
        assert f'id="{each}"' in page.text
    assert f'<option value="{officer}" selected>' in page.text
    assert 'value="x"' in page.text
    away = {"act": "away", "deputy": "", "starts_at": local(START), "ends_at": "2020-01-01T00:00"}
    page = await supervisor.post("/duty/absences", away)
    assert re.findall(r'href="#(away-[^"]+)"', page.text) == ["away-deputy", "away-ends_at"]
    assert 'value="2020-01-01T00:00"' in page.text


async def test_an_officer_notes_an_absence_and_comes_back(desk: TestDesk, world: TestWorld) -> None:
    officer, case_officer = await desk.as_(Role.DUTY_OFFICER), await desk.as_(Role.CASE_OFFICER)
    now, deputy = world.clock(), (await desk.member(Role.CASE_OFFICER)).id
    away = {"act": "away", "deputy": deputy, "starts_at": local(now), "ends_at": local(now + 48 * HOUR)}
    page = await officer.post("/duty/absences", away | {"deputy": ""})
    assert (page.status, "in the end nobody would do the work" in page.words) == (422, True)
    page = await officer.follow(await officer.post("/duty/absences", away))
    assert "Open work goes to the deputy" in page.words
    assert "You stand in for Dušan Đorđević." in (await case_officer.get("/duty")).words
    mira = {**away, "person": (await desk.member(Role.CASE_OFFICER)).id}
    assert (await officer.post("/duty/absences", mira)).status == 422, "for oneself only"
    number = re.search(r'name="number" value="(\d+)"', (await officer.get("/duty")).text)
    assert number is not None
    assert (await case_officer.post("/duty/cancel", {"number": number[1]})).status == 422
    await officer.follow(await officer.post("/duty/cancel", {"number": number[1]}))
    assert "You stand in" not in (await case_officer.get("/duty")).words


async def test_a_supervisor_notes_an_absence_for_somebody(desk: TestDesk, world: TestWorld) -> None:
    supervisor, officer = await desk.as_(Role.SUPERVISOR), (await desk.member(Role.DUTY_OFFICER)).id
    now, deputy = world.clock(), (await desk.member(Role.SUPERVISOR)).id
    times = {"starts_at": local(now), "ends_at": local(now + HOUR)}
    page = await supervisor.follow(
        await supervisor.post("/duty/absences", {"act": "away", "person": officer, "deputy": deputy, **times})
    )
    assert "Dušan Đorđević" in page.words


async def test_who_sees_and_who_keeps_the_roster(desk: TestDesk) -> None:
    sees, keeps = (Role.DUTY_OFFICER, Role.CASE_OFFICER, Role.SUPERVISOR), (Role.SUPERVISOR,)
    for role in Role:
        visitor = await desk.as_(role)
        page = await visitor.get("/duty")
        assert page.status == (200 if role in sees else 404)
        assert ("Enter a duty" in page.words) is (role in keeps)
        assert (await visitor.post("/duty", {"act": "duty"})).status == (422 if role in keeps else 404)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-07-01T12:00", 1_782_900_000),
        ("2026-07-01T12:00:00", 1_782_900_000),
        ("2026-01-01T12:00", 1_767_265_200),
        ("2026-01-01", None),
        ("2026-02-30T12:00", None),
        ("２０２６-01-01T12:00", None),
        ("", None),
    ],
)
def test_local_times_are_read(text: str, at: int | None) -> None:
    assert read_local(text, HERE) == at
    if at is not None:
        assert write_local(at, HERE) == text[:16]


def test_the_hours_of_the_change_are_read() -> None:
    assert read_local("2026-10-25T02:30", HERE) == 1_792_891_800
    assert read_local("2026-03-29T02:30", HERE) == 1_774_747_800
